/** Icons, drawn for this console on a grid of 24. They are decoration; words say what they mean. */

const PATHS = {
  map: "M9 4 3.5 6.500v13L9 17l6 3 5.5-2.500v-13L15 7 9 4Zm0 0v13m6-10v13",
  cases: "M8 4h8a2 2 0 0 1 2 2v14l-3-1.5-3 1.5-3-1.500L6 20V6a2 2 0 0 1 2-2Zm1.5 5h5m-5 4h5",
  cameras: "M4 8.500A1.5 1.5 0 0 1 5.5 7h8A1.5 1.5 0 0 1 15 8.500v7a1.5 1.5 0 0 1-1.5 1.500h-8A1.5 1.5 0 0 1 4 15.500Zm11 2.5 5-3v8l-5-3",
  events: "M13 3 5.500 13.500H11L10 21l8-11.500h-6Z",
  bell: "M12 3.500a5.500 5.500 0 0 0-5.500 5.500v4L4.500 16.500h15L17.500 13V9A5.500 5.500 0 0 0 12 3.500ZM10 19.500a2 2 0 0 0 4 0",
  report: "M5 5h14v11h-7l-4 3.500V16H5Zm7 2.500v5m-2.500-2.500h5",
  sound: "M4 10v4h3l4 3.500v-11L7 10Zm11-1a4 4 0 0 1 0 6m2.500-8.500a8 8 0 0 1 0 11",
  system: "M4 13h3l2-7 4 13 2.5-8 1.5 2H20",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Zm4.7-1.800L20 20",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5m6 0h5v5m0 6v5h-5m-6 0H4v-5",
  north: "M12 3l5.5 17L12 16l-5.5 4Z",
  layers: "m12 4 8 4.5-8 4.5-8-4.500Zm-8 8.5 8 4.5 8-4.5",
  legend: "M5 7h.010M9 7h10M5 12h.010M9 12h10M5 17h.010M9 17h10",
  follow: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm0-5v3m0 12v3M3 12h3m12 0h3",
  back: "M15 5l-7 7 7 7",
  next: "m9 5 7 7-7 7",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm0-5v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.400m0-12.800L17 7M7 17l-1.4 1.4",
  moon: "M19.5 14.500A8 8 0 0 1 9.5 4.500a8 8 0 1 0 10 10Z",
  auto: "M12 4a8 8 0 1 0 0 16Zm0 0a8 8 0 0 1 0 16",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7.5 8c.8-3.8 3.8-6 7.5-6s6.7 2.2 7.5 6",
  out: "M10 4H6a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h4m5-4 4-4-4-4m4 4H9",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Zm9.5 3a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  check: "m5 12.5 4.5 4.500L19 7.5",
  warning: "M12 4 2.8 19.500h18.400Zm0 6v4m0 3v.01",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Zm0 4v4l3 2",
  pin: "M12 21c-1-3-6-6-6-11a6 6 0 1 1 12 0c0 5-5 8-6 11Zm0-9a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  track: "M6 17a2 2 0 1 0 0 4 2 2 0 0 0 0-4Zm12-14a2 2 0 1 0 0 4 2 2 0 0 0 0-4ZM8 19h7a3.5 3.5 0 0 0 0-7H9a3.500 3.500 0 0 1 0-7h7",
  visits: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 3.500a2.750 2.750 0 1 0 0 5.500 2.750 2.750 0 0 0 0-5.500Zm-5 11c.600-2.500 2.500-3.700 5-3.700s4.400 1.200 5 3.700",
  stop: "M9 7v10m6-10v10",
  gap: "M3.500 12h3m4 0h3m4 0h3",
  file: "M12 4v11m-4.500-4L12 15.500 16.500 11M5 20h14",
  photo: "M4 8h3l1.500-2h7L17 8h3v11H4Zm8 2.500a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z",
  outbox: "M12 16V5m-4.500 4L12 4.500 16.500 9M5 20h14",
  panel: "M4 6h16M4 12h10M4 18h16",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The sign of the product: a shield with a street in it. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#1466d8" />
      <path d="M16 4.5 26 8v7.600c0 6-4.2 10.1-10 11.9-5.8-1.8-10-5.9-10-11.900V8z" fill="#fff" />
      <path d="M14.7 9.500h2.600L19 23h-6z" fill="#1466d8" />
      <path d="M15.6 11.500h.8v2h-.8zm0 4h.8v2.200h-.8zm0 4.200h.8V22h-.8z" fill="#fff" />
    </svg>
  );
}
