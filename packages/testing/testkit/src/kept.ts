/** An event to be looked at later: the payload of audio and video is valid only until the event has been handled. */
export function kept<Event extends object>(event: Event): Event {
  const { message } = event as { readonly message?: { readonly payload: Uint8Array } };
  return message ? { ...event, message: { ...message, payload: new Uint8Array(message.payload) } } : event;
}
