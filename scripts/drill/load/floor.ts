/** Acknowledged writes a second that a drill must reach until the fault; under less it proves little. */
export const FLOOR = { database: 10, pushes: 1 };
