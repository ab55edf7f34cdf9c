import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { aPlace, fillAndSend, go, modal, newestMessage, press, type } from "./a-place.ts";
import { smallPng } from "./small-png.ts";

/** `npm run pictures`: plays the main job in a real browser and writes the pictures of the documentation. */
const folder = resolve(import.meta.dirname, "../../docs/pictures");
const size = { viewport: { width: 1280, height: 760 } };

await mkdir(folder, { recursive: true });
await using place = await aPlace();
const oncall = await place.tab("oncall", "C0INC4211", size);
const lead = await place.tab("lead", "C0APPROVALS", size);
const dark = await place.tab("lead", "C0APPROVALS", { ...size, colorScheme: "dark" });
const phone = await place.tab("lead", "dm", { viewport: { width: 390, height: 760 }, isMobile: true });

await oncall.getByText("No request yet").waitFor();
await type(oncall, "/jit request orders-by-id");
await modal(oncall).getByLabel("Order number").fill("O-00000001");
await modal(oncall).getByLabel("Reason").fill("Customer says it was delivered twice");
await modal(oncall).getByLabel("Incident or ticket").fill("INC-4211");
await take(oncall, "form");
await fillAndSend(oncall, {});
await newestMessage(lead)
  .getByRole("button", { name: /^Approve/ })
  .waitFor();
await lead.getByRole("img", { name: /^Timeline/ }).waitFor();
await take(lead, "approval");
await phone.getByRole("button", { name: "Channels", exact: true }).click();
await go(phone, "Direct message with jit");
await phone.getByText("Waiting for approval").first().waitFor();
await take(phone, "phone");

await press(lead, "Approve", "Approve");
await newestMessage(lead)
  .getByRole("button", { name: /\d repl/ })
  .click();
await lead.getByRole("log", { name: "Thread" }).getByRole("table").first().waitFor();
await take(lead, "result");

await newestMessage(dark)
  .getByText(/Access ended/)
  .first()
  .waitFor();
await dark.getByText("access.revoked").first().waitFor();
await dark.getByText(/^AWS calls/).scrollIntoViewIfNeeded();
await take(dark, "inside");

async function take(tab: Page, name: string): Promise<void> {
  const picture = smallPng(await tab.screenshot());
  await writeFile(join(folder, `${name}.png`), picture);
  process.stdout.write(`docs/pictures/${name}.png ${Math.ceil(picture.length / 1024)} KiB\n`);
}
