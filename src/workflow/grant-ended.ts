/** The grant ended while its run was under way: whoever works for the run stops here. */
export class GrantEnded extends Error {
  override readonly name = "GrantEnded";
}
