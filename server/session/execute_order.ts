import { fromWireAction } from "../../proto/enums.ts";
import type { OrderMessage, OutcomeInit } from "../../proto/mod.ts";
import { isOwnAction } from "../../room/moderation.ts";
import type { ChatServices } from "./services.ts";
import { setTopic, type TopicSetter } from "./set_topic.ts";

/**
 * Executes an order of a session: one about the topic, one about one's own names, or one of an
 * operator.
 *
 * @throws {ChatError} if it is refused.
 */
export async function executeOrder(
  order: OrderMessage,
  sender: TopicSetter,
  services: ChatServices,
): Promise<OutcomeInit> {
  const { rateLimits, gate } = services;
  rateLimits.consumeOrder(sender.session, gate.isOperator(sender.session.key));
  const action = fromWireAction(order.action);
  if (action === "topic") return await setTopic(order.text, sender, services);
  if (isOwnAction(action)) {
    return await services.ownNames.execute(action, order.name, sender.session);
  }
  return await services.moderation.execute(action, order, sender.session);
}
