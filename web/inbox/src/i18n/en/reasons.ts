import type { FailureReason } from "../../gen/okno/channel/v1/inbound_pb.ts";
import type { ErrorReason } from "../../gen/okno/errors/v1/reason_pb.ts";
import type { Text } from "../text.ts";
import type { clients } from "./clients.ts";
import type { feed } from "./feed.ts";
import type { folders } from "./folders.ts";
import type { imports } from "./imports.ts";
import type { inbox } from "./inbox.ts";
import type { leads } from "./leads.ts";
import type { mailings } from "./mailings.ts";
import type { personal } from "./personal.ts";
import type { profile } from "./profile.ts";
import type { settings } from "./settings.ts";
import type { work } from "./work.ts";

/** Their words come with the screens that alone can meet them. */
type Elsewhere = keyof typeof clients | keyof typeof feed | keyof typeof folders | keyof typeof imports | keyof typeof inbox | keyof typeof leads | keyof typeof mailings | keyof typeof personal | keyof typeof profile | keyof typeof settings | keyof typeof work;

/** Why something was refused or failed. Each reason of the contracts; leaving one out does not compile. */
export const reasons = {
  "error.UNSPECIFIED": "Something went wrong. Try again.",
  "error.INTERNAL": "The server made a mistake. What you wrote is kept; try again.",
  "error.INVALID_FIELD": "A value does not fit: {field}",
  "error.PAGE_TOKEN": "The list has changed. Load it anew.",
  "error.ETAG_MISMATCH": "It was changed meanwhile. Load it anew and repeat your change.",
  "error.PERMISSION": "You do not have the right to do this.",
  "error.UNAVAILABLE": "The server does not answer. Check the connection and try again.",
  "error.RATE_LIMITED": "Too often. Try again a little later.",
  "error.POSITION_UNKNOWN": "The feed has moved on. The page loads anew what it shows.",
  "error.NOT_SIGNED_IN": "Your session has ended. Sign in again.",
  "error.WRONG_CREDENTIALS": "Login or password is wrong.",
  "error.TOTP_REQUIRED": "A confirmation code is needed.",
  "error.LOCKED_OUT": "Too many attempts. Try again later.",
  "error.WEAK_PASSWORD": "The password is too simple: at least 10 characters that are hard to guess.",
  "error.CONVERSATION_NOT_FOUND": "It does not exist, or it is not open to you any more.",
  "error.REQUEST_NOT_FOUND": "This request does not exist, or it is not open to you any more.",
  "error.CHANNEL_CANNOT": "The channel cannot do this.",
  "error.TEXT_TOO_LONG": "The text is too long: at most {limit} characters.",
  "error.FILE_TOO_LARGE": "The file is too large for this channel.",
  "error.FILE_NOT_READY": "The file is still being uploaded.",
  "error.FILE_NOT_FOUND": "The file does not exist any more.",
  "error.ACCOUNT_NOT_FOUND": "There is no such account.",
  "error.ACCOUNT_OFF": "This account is switched off.",
  "error.GATEWAY_NOT_RUNNING": "The gateway of this channel does not answer. Check that it is running and try again.",
  "error.TEMPLATE_NOT_FOUND": "The account has no such template any more. Choose another one.",
  "error.TEMPLATE_NOT_APPROVED": "The channel has not approved this template, or has withdrawn its approval. Choose another one.",
  "error.EMPLOYEE_NOT_FOUND": "There is no such employee.",
  "error.DEPARTMENT_NOT_FOUND": "There is no such department.",
  "error.CLIENT_NOT_FOUND": "There is no such client.",
  "error.CONTACT_POINT_LINKED": "This contact belongs to another client.",
  "error.CONTACT_POINT_NOT_FOUND": "There is no such contact.",

  "failure.UNSPECIFIED": "the reason is unknown",
  "failure.BLOCKED_BY_CLIENT": "the customer blocked this account",
  "failure.UNREACHABLE": "the customer's account does not exist any more",
  "failure.WINDOW_CLOSED": "the time for a free answer is over",
  "failure.CANNOT_WRITE_FIRST": "the customer has to write first",
  "failure.TOO_LONG": "the text is too long for the channel",
  "failure.FILE_REJECTED": "the channel refused the file",
  "failure.FILE_TOO_LARGE": "the file is too large for the channel",
  "failure.REPLY_TARGET_GONE": "the quoted message does not exist any more",
  "failure.NOT_SUPPORTED": "the channel cannot carry this",
  "failure.ACCOUNT_PROBLEM": "the account has a problem; an administrator has to look at it",
  "failure.MODERATED": "the channel refused the content",
  "failure.REJECTED": "the channel refused it",
  "failure.TOO_OLD": "the channel allows it only for a limited time",
  "failure.TEMPLATE_REFUSED": "the channel refused the template; choose another one",
  "failure.BARRED_BY_US": "the company has barred the customer in the channel; that is lifted there",
  "failure.ADVERTISING_REFUSED": "the customer takes no advertising from us; anything else still goes",
  "failure.UNDELIVERABLE": "the channel cannot bring it to this customer",
  "failure.EXPIRED": "its latest time passed, it was not sent",
} satisfies Record<Exclude<`error.${keyof typeof ErrorReason}`, Elsewhere> | `failure.${keyof typeof FailureReason}`, Text>;
