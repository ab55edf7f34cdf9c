import { parseCondition } from "./parse-condition.ts";
import { RequestError } from "./request-error.ts";
import type { Item, UpdateItemRequest } from "./requests.ts";

/**
 * The same write, under the further condition that every one of `attributes` is as in `image` (absent where the image
 * has none): it changes what was seen, or nothing. Throws `RequestError` when the request uses our placeholders itself.
 */
export function pinBefore(
  request: UpdateItemRequest,
  attributes: readonly string[],
  image: Readonly<Item>,
): UpdateItemRequest {
  const names = Object.fromEntries(attributes.map((name, at) => [`#before_${at + 1}`, name]));
  const values: Item = {};
  const pins = attributes.map((name, at) => {
    const value = Object.hasOwn(image, name) ? image[name] : undefined;
    if (value === undefined) return `attribute_not_exists(#before_${at + 1})`;
    values[`:before_${at + 1}`] = value;
    return `#before_${at + 1} = :before_${at + 1}`;
  });
  const own = [
    ...Object.keys(request.ExpressionAttributeNames ?? {}),
    ...Object.keys(request.ExpressionAttributeValues ?? {}),
  ];
  if (own.some((placeholder) => /^[#:]before_\d+$/u.test(placeholder)))
    throw new RequestError(
      "update-expression",
      "UpdateItem: placeholders named before_1, before_2, … are ours; choose others.",
    );
  const allValues = { ...request.ExpressionAttributeValues, ...values };
  return {
    ...request,
    ConditionExpression: [inBrackets(request.ConditionExpression), ...pins].join(" AND "),
    ExpressionAttributeNames: { ...request.ExpressionAttributeNames, ...names },
    ...(Object.keys(allValues).length > 0 && { ExpressionAttributeValues: allValues }),
  };
}

/**
 * The condition as one term of an AND. DynamoDB refuses brackets around brackets, so one that stands in brackets as a
 * whole stays as it is; that is asked of the grammar, because `(a) OR (b)` begins and ends with brackets too.
 */
function inBrackets(condition: string): string {
  const wrapped = `(${condition})`;
  try {
    parseCondition(wrapped, "ConditionExpression");
    return wrapped;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return condition;
  }
}
