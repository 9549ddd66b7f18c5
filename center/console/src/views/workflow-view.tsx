/** A workflow: its diagram, and every step in words. */

import { useEffect, useState } from "preact/hooks";
import { center } from "../api/client";
import type { WorkflowDescription } from "../api/types";
import { named, t, word } from "../i18n";
import { sentence } from "../parts/problem";
import { route } from "../routes";
import { BOX, layOut } from "../state/workflow-diagram";

export function WorkflowView() {
  const current = route.value;
  return current.page === "workflow" ? <WorkflowPage name={current.name} version={current.version} stage={current.stage} /> : null;
}

function WorkflowPage({ name, version, stage }: { name: string; version: number | null; stage: string | null }) {
  const [workflow, setWorkflow] = useState<WorkflowDescription | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    let wanted = true;
    center.workflow(name, version).then(
      (found) => wanted && setWorkflow(found),
      (error: unknown) => wanted && setProblem(error),
    );
    return () => {
      wanted = false;
    };
  }, [name, version]);
  return (
    <main id="content" class="page">
      <header class="page-head">
        <h1>{t("workflow_of", { name: workflow === null ? name : named(workflow.name, workflow.name_en) })}</h1>
        {workflow !== null && <p>{t("workflow_lead", { version: workflow.version })}</p>}
      </header>
      {problem !== null && <p class="notice is-bad" role="alert">{sentence(problem)}</p>}
      {workflow !== null && (
        <>
          <Diagram of={workflow} here={stage} />
          <Steps of={workflow} />
        </>
      )}
    </main>
  );
}

function Diagram({ of, here }: { of: WorkflowDescription; here: string | null }) {
  const diagram = layOut(of.stages, of.steps);
  const stages = new Map(of.stages.map((stage) => [stage.stage, stage]));
  return (
    <section class="workflow-scroll" role="region" aria-label={t("workflow_diagram")} tabIndex={0}>
      <svg width={diagram.width} height={diagram.height} viewBox={`0 0 ${diagram.width} ${diagram.height}`} aria-hidden="true">
        <defs>
          {["", "is-primary"].map((kind) => (
            <marker key={kind} id={`arrow${kind}`} class={kind} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
              <path d="M0 0 8 4 0 8Z" />
            </marker>
          ))}
        </defs>
        {diagram.columns.map(({ outside, x }) => (
          <text key={outside} class="column" x={x + BOX.width / 2} y={24} text-anchor="middle">{word("outside", outside)}</text>
        ))}
        {diagram.arrows.map((arrow) => (
          <path key={`${arrow.from} ${arrow.to}`} class={arrow.isPrimary ? "is-primary" : ""} d={arrow.path} marker-end={`url(#arrow${arrow.isPrimary ? "is-primary" : ""})`}>
            <title>{arrow.actions.map((action) => actionWords(of, action)).join(", ")}</title>
          </path>
        ))}
        {diagram.stages.map(({ name, x, y }) => {
          const stage = stages.get(name);
          return (
            <g key={name} class={`${name === here ? "is-here" : ""} ${stage?.ended_as ? "is-end" : ""}`}>
              <rect x={x} y={y} width={BOX.width} height={BOX.height} rx={9} />
              <Words text={stage === undefined ? name : named(stage.name, stage.name_en)} x={x + BOX.width / 2} y={y + BOX.height / 2} />
            </g>
          );
        })}
      </svg>
    </section>
  );
}

const LONGEST_LINE = 20;

/** In the middle of a box, on two lines if one is too long. */
function Words({ text, x, y }: { text: string; x: number; y: number }) {
  const cut = text.length <= LONGEST_LINE ? -1 : text.lastIndexOf(" ", LONGEST_LINE);
  const lines = cut < 0 ? [text] : [text.slice(0, cut), text.slice(cut + 1)];
  return (
    <text text-anchor="middle">
      {lines.map((line, index) => (
        <tspan key={line} x={x} y={y + 4 + (index - (lines.length - 1) / 2) * 16}>{line}</tspan>
      ))}
    </text>
  );
}

function actionWords(of: WorkflowDescription, action: string): string {
  const found = of.actions.find((one) => one.action === action);
  return found === undefined ? word("do", action) : named(found.name, found.name_en);
}

function Steps({ of }: { of: WorkflowDescription }) {
  const stageWords = (name: string): string => {
    const stage = of.stages.find((one) => one.stage === name);
    return stage === undefined ? name : named(stage.name, stage.name_en);
  };
  const going = of.stages.filter((stage) => stage.ended_as === null).length;
  return (
    <div class="workflow-scroll" role="region" aria-label={t("workflow")} tabIndex={0}>
      <table class="table workflow-steps">
        <thead>
          <tr>
            <th scope="col">{t("workflow_action")}</th>
            <th scope="col">{t("workflow_from")}</th>
            <th scope="col">{t("workflow_to")}</th>
            <th scope="col">{t("workflow_needs")}</th>
          </tr>
        </thead>
        <tbody>
          {of.steps.map((step, index) => (
            <tr key={index}>
              <th scope="row">{actionWords(of, step.action)}</th>
              <td>{step.sources.length >= going ? t("workflow_everywhere") : step.sources.map(stageWords).join(", ")}</td>
              <td>{step.to === null ? t("workflow_stays") : stageWords(step.to)}</td>
              <td>{step.needs.map((need) => word("need", need)).join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
