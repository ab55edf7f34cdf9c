/** The value when it comes within the budget; otherwise `late`, and the work goes on. A failure in time is thrown. */
export async function withinBudget<T>(
  work: Promise<T>,
  budgetMs: number,
): Promise<{ status: "in-time"; value: T } | { status: "late" }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ status: "late" }>((resolve) => {
    timer = setTimeout(() => resolve({ status: "late" }), budgetMs);
  });
  try {
    return await Promise.race([work.then((value) => ({ status: "in-time" as const, value })), late]);
  } finally {
    clearTimeout(timer);
  }
}
