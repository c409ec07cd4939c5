/** The one in the middle by a figure, as it was; of two the one with less. There is at least one. */
export function medianReport<Report>(reports: readonly Report[], figure: (report: Report) => number): Report {
  return reports.toSorted((a, b) => figure(a) - figure(b))[Math.floor((reports.length - 1) / 2)]!;
}
