import { createRequire, registerHooks } from "node:module";
import type * as LexerModule from "dt-sql-parser/dist/lib/trino/TrinoSqlLexer.js";
import type * as ParserModule from "dt-sql-parser/dist/lib/trino/TrinoSqlParser.js";

/** The classes generated from Trino's grammar: its lexer, its parser and a context class per rule. */
export type Trino = typeof ParserModule & Pick<typeof LexerModule, "TrinoSqlLexer">;

let loaded: Trino | undefined;

/**
 * Loads `dt-sql-parser`'s generated Trino lexer and parser, once per thread (some 60 ms).
 *
 * The package is published as ES modules that import each other without file extension, which Node refuses. A resolve
 * hook that lives only while they load adds the `.js`; it changes nothing for any other package, and it needs neither
 * a bundler nor a command-line flag, so it works alike in the bot, in a worker thread and under Vitest.
 */
export function loadTrinoParser(): Trino {
  loaded ??= loadWithExtensions();
  return loaded;
}

function loadWithExtensions(): Trino {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const inPackage = context.parentURL?.includes("/dt-sql-parser/dist/") ?? false;
      const bare = inPackage && specifier.startsWith(".") && !specifier.endsWith(".js");
      return next(bare ? `${specifier}.js` : specifier, context);
    },
  });
  try {
    const require = createRequire(import.meta.url);
    const parser = require("dt-sql-parser/dist/lib/trino/TrinoSqlParser.js") as typeof ParserModule;
    const lexer = require("dt-sql-parser/dist/lib/trino/TrinoSqlLexer.js") as typeof LexerModule;
    return { ...parser, TrinoSqlLexer: lexer.TrinoSqlLexer };
  } finally {
    hooks.deregister();
  }
}
