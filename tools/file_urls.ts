/**
 * Reports `new URL(…).pathname` used as the path of a file: it is percent-encoded, so it names no
 * file in a folder with a space in its name. `fileURLToPath` of `node:url` decodes it.
 *
 * @module
 */

export default {
  name: "file-urls",
  rules: {
    "decode-paths": {
      create(context) {
        return {
          MemberExpression({ object, property }) {
            if (property.type !== "Identifier" || property.name !== "pathname") return;
            if (object.type !== "NewExpression") return;
            const text = context.sourceCode.getText(object);
            if (!text.startsWith("new URL(") || !text.includes("import.meta")) return;
            context.report({
              node: property,
              message: "a URL's pathname is not a path of a file: use fileURLToPath() of node:url",
            });
          },
        };
      },
    },
  },
} satisfies Deno.lint.Plugin;
