/** OpenAI's error body, as its clients read it. */
import type { Response } from "express";

export interface OpenAiError {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly message: string;
}

/** The error that a provider would answer with this status. */
export function errorForStatus(status: number): OpenAiError {
  const message = `The demo model was told to fail with status ${status}.`;
  if (status === 401) return { status, type: "invalid_request_error", code: "invalid_api_key", message };
  if (status === 429) return { status, type: "requests", code: "rate_limit_exceeded", message };
  if (status >= 500) return { status, type: "server_error", code: null, message };
  return { status, type: "invalid_request_error", code: null, message };
}

export function invalidRequest(status: number, message: string): OpenAiError {
  return { status, type: "invalid_request_error", code: null, message };
}

export function sendError(response: Response, error: OpenAiError): void {
  const { status, message, type, code } = error;
  response.status(status).json({ error: { message, type, param: null, code } });
}
