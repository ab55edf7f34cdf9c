/** Where blocks can stand. */
export type Surface = "message" | "modal" | "home";

export const maxBlocks: Record<Surface, number> = { message: 50, modal: 100, home: 100 };

const everywhere: readonly Surface[] = ["message", "modal", "home"];
const messageAndHome: readonly Surface[] = ["message", "home"];

const surfaces: Record<string, readonly Surface[]> = {
  actions: everywhere,
  card: everywhere,
  context: everywhere,
  divider: everywhere,
  header: everywhere,
  image: everywhere,
  input: everywhere,
  rich_text: everywhere,
  section: everywhere,
  video: everywhere,
  carousel: messageAndHome,
  container: messageAndHome,
  table: messageAndHome,
  data_table: messageAndHome,
  context_actions: ["message"],
  markdown: ["message"],
  plan: ["message"],
  task_card: ["message"],
  data_visualization: ["message"],
  file: ["message"],
  alert: ["modal"],
};

export function mayStandOn(type: string, surface: Surface): boolean {
  return surfaces[type]?.includes(surface) ?? true;
}
