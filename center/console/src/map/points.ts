/**
 * Everything that moves, drawn over the map in one call a frame.
 *
 * The graphics card does the moving: each thing is sent there once a fix, with where it comes from, where it goes
 * and when, so that ten thousand of them cost a page no more than ten (docs/decisions/0051).
 */

import { at, type Motion } from "../state/motion";
import { CELL, COLUMNS, drawAtlas, ROWS } from "./sprites";

/** One symbol to be drawn. */
export interface Mark {
  motion: Motion;
  cell: number;
  /** Whether it turns with the heading. */
  turns: boolean;
  /** Pixels across, of its whole cell, at street level. */
  size: number;
  /** 0 to 1. */
  opacity: number;
  /** Whether its place is at the foot of the cell, not in its middle. */
  stands: boolean;
}

/** How the map is seen, which is all that is needed to lay something over it. */
export interface Sight {
  /** Centre in Web Mercator, 0 to 1. */
  x: number;
  y: number;
  zoom: number;
  bearingDeg: number;
  /** Where the centre is on the screen, pixels. */
  centreX: number;
  centreY: number;
  width: number;
  height: number;
}

const FLOATS = 12;
const STRIDE = FLOATS * 4;

const VERTEX = `#version 300 es
in vec2 corner;
in vec4 way;      // from, to; relative to the origin
in vec4 when;     // start, end, from heading, to heading
in vec4 looks;    // cell, size, opacity, flags: 1 turns, 2 stands
uniform vec2 centre;     // of the map, relative to the origin
uniform vec2 middle;     // of the map on the screen, px
uniform vec2 screen;     // px
uniform vec2 turned;     // cosine and sine of the map's bearing
uniform float world;     // px
uniform float now;
uniform float bearing;   // radians
uniform float scale;
uniform vec2 cells;
out vec2 texel;
out float opacity;
void main() {
  float part = when.y > when.x ? clamp((now - when.x) / (when.y - when.x), 0.0, 1.0) : 1.0;
  vec2 far = (mix(way.xy, way.zw, part) - centre) * world;
  vec2 place = middle + vec2(far.x * turned.x + far.y * turned.y, far.y * turned.x - far.x * turned.y);
  bool turns = mod(looks.w, 2.0) >= 1.0;
  bool stands = looks.w >= 2.0;
  float angle = turns ? radians(mix(when.z, when.w, part)) - bearing : 0.0;
  float size = looks.y * (stands ? mix(scale, 1.0, 0.6) : scale);
  vec2 arm = corner * size * 0.5;
  if (stands) arm.y -= size * 0.44;
  vec2 spot = place + vec2(arm.x * cos(angle) - arm.y * sin(angle), arm.x * sin(angle) + arm.y * cos(angle));
  gl_Position = vec4(spot.x / screen.x * 2.0 - 1.0, 1.0 - spot.y / screen.y * 2.0, 0.0, 1.0);
  float column = mod(looks.x, cells.x);
  float row = floor(looks.x / cells.x);
  texel = (vec2(column, row) + corner * 0.5 + 0.5) / cells;
  opacity = looks.z;
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
in vec2 texel;
in float opacity;
uniform sampler2D atlas;
out vec4 colour;
void main() { colour = texture(atlas, texel) * opacity; }`;

const UNIFORMS = ["centre", "middle", "screen", "turned", "world", "now", "bearing", "scale", "cells", "atlas"] as const;

/** Symbols are smaller from afar, where there are more of them. */
export const sizeAt = (zoom: number): number => Math.min(1.15, Math.max(0.42, 0.42 + (zoom - 11.5) * 0.125));

export class Points {
  private readonly gl: WebGL2RenderingContext;
  private readonly uniforms = {} as Record<(typeof UNIFORMS)[number], WebGLUniformLocation | null>;
  private readonly buffer: WebGLBuffer | null;
  private data = new Float32Array(0);
  private count = 0;
  private origin = { x: 0, y: 0 };
  private busyUntilS = 0;

  /** @throws Error if the browser has no WebGL 2. */
  constructor(readonly canvas: HTMLCanvasElement) {
    const gl = canvas.getContext("webgl2", { alpha: true, antialias: false, premultipliedAlpha: true });
    if (gl === null) throw new Error("no WebGL 2");
    this.gl = gl;
    const program = link(gl, VERTEX, FRAGMENT);
    gl.useProgram(program);
    for (const name of UNIFORMS) this.uniforms[name] = gl.getUniformLocation(program, name);
    attribute(gl, program, "corner", gl.createBuffer(), 2, 0, 8, 0);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), gl.STATIC_DRAW);
    this.buffer = gl.createBuffer();
    attribute(gl, program, "way", this.buffer, 4, 0, STRIDE, 1);
    attribute(gl, program, "when", this.buffer, 4, 16, STRIDE, 1);
    attribute(gl, program, "looks", this.buffer, 4, 32, STRIDE, 1);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.sendAtlas();
  }

  /** Whether something will still be under way then. */
  isMoving(nowS: number): boolean {
    return nowS < this.busyUntilS;
  }

  get size(): number {
    return this.count;
  }

  /** What is to be drawn from now on; the last lies on top. */
  set(marks: readonly Mark[]): void {
    const gl = this.gl;
    this.count = marks.length;
    if (this.data.length < marks.length * FLOATS) this.data = new Float32Array(Math.ceil(marks.length * 1.25) * FLOATS);
    const first = marks[0];
    // Numbers of the card are short: places are told as seen from one of them.
    if (first !== undefined) this.origin = first.motion.to;
    this.busyUntilS = 0;
    const data = this.data;
    let index = 0;
    for (const { motion, cell, turns, size, opacity, stands } of marks) {
      data[index++] = motion.from.x - this.origin.x;
      data[index++] = motion.from.y - this.origin.y;
      data[index++] = motion.to.x - this.origin.x;
      data[index++] = motion.to.y - this.origin.y;
      data[index++] = motion.startS;
      data[index++] = motion.endS;
      data[index++] = motion.fromDeg;
      data[index++] = motion.toDeg;
      data[index++] = cell;
      data[index++] = size;
      data[index++] = opacity;
      data[index++] = (turns ? 1 : 0) + (stands ? 2 : 0);
      if (motion.endS > this.busyUntilS) this.busyUntilS = motion.endS;
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data.subarray(0, this.count * FLOATS), gl.DYNAMIC_DRAW);
  }

  draw(sight: Sight, nowS: number, pixelRatio: number): void {
    const { gl, canvas, uniforms } = this;
    const width = Math.round(sight.width * pixelRatio);
    const height = Math.round(sight.height * pixelRatio);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (this.count === 0) return;
    const bearing = (sight.bearingDeg * Math.PI) / 180;
    gl.uniform2f(uniforms.centre, sight.x - this.origin.x, sight.y - this.origin.y);
    gl.uniform2f(uniforms.middle, sight.centreX, sight.centreY);
    gl.uniform2f(uniforms.screen, sight.width, sight.height);
    gl.uniform2f(uniforms.turned, Math.cos(bearing), Math.sin(bearing));
    gl.uniform1f(uniforms.world, 512 * 2 ** sight.zoom);
    gl.uniform1f(uniforms.now, nowS);
    gl.uniform1f(uniforms.bearing, bearing);
    gl.uniform1f(uniforms.scale, sizeAt(sight.zoom));
    gl.uniform2f(uniforms.cells, COLUMNS, ROWS);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.count);
  }

  destroy(): void {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  private sendAtlas(): void {
    const gl = this.gl;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, drawAtlas(Math.min(3, Math.ceil(devicePixelRatio) + 1)));
    gl.generateMipmap(gl.TEXTURE_2D);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    gl.uniform1i(this.uniforms.atlas, 0);
  }
}

/** Where a mark is on the screen, pixels; the same reckoning as the shader's. */
export function onScreen(sight: Sight, motion: Motion, nowS: number): { x: number; y: number } {
  const place = at(motion, nowS);
  const world = 512 * 2 ** sight.zoom;
  const bearing = (sight.bearingDeg * Math.PI) / 180;
  const x = (place.x - sight.x) * world;
  const y = (place.y - sight.y) * world;
  return {
    x: sight.centreX + x * Math.cos(bearing) + y * Math.sin(bearing),
    y: sight.centreY + y * Math.cos(bearing) - x * Math.sin(bearing),
  };
}

/** How far from its place the middle of a standing symbol is, pixels. */
export const standingLift = (zoom: number, size: number): number => size * (sizeAt(zoom) * 0.4 + 0.6) * 0.44;

export { CELL };

function link(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]] as const) {
    const shader = gl.createShader(type);
    if (shader === null) throw new Error("no WebGL shader");
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? "WebGL");
  return program;
}

function attribute(
  gl: WebGL2RenderingContext, program: WebGLProgram, name: string, buffer: WebGLBuffer | null,
  size: number, offset: number, stride: number, divisor: number,
): void {
  const location = gl.getAttribLocation(program, name);
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.enableVertexAttribArray(location);
  gl.vertexAttribPointer(location, size, gl.FLOAT, false, stride, offset);
  gl.vertexAttribDivisor(location, divisor);
}
