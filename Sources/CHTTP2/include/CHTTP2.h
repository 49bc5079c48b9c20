// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#ifndef ASYNCIO_HTTP2_H
#define ASYNCIO_HTTP2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// HTTP/2 by libnghttp2 as a machine that turns bytes into events and calls into bytes, RFC 9113 and RFC 7541. No function reads or
// writes a socket, none waits. Nothing here may be called from a callback: those only note what has happened.

enum asyncio_h2_event_kind {
  // A block of fields of a stream begins; its fields follow, and its end.
  ASYNCIO_H2_BLOCK_BEGINS,
  ASYNCIO_H2_FIELD,
  ASYNCIO_H2_BLOCK_ENDS,
  // Bytes of a body.
  ASYNCIO_H2_DATA,
  // The peer sends no more on a stream.
  ASYNCIO_H2_END,
  // A stream is over on both sides, `code` says how.
  ASYNCIO_H2_CLOSED,
  // A request could not be sent.
  ASYNCIO_H2_NOT_SENT,
  ASYNCIO_H2_SETTINGS,
  // The peer takes no streams above `stream`.
  ASYNCIO_H2_GOAWAY,
  ASYNCIO_H2_PING_ANSWERED,
  // A stream was reset for a fault of the peer.
  ASYNCIO_H2_FAULT,
  // A frame that brought nothing forward: there are always more of these where a flood is meant.
  ASYNCIO_H2_IDLE_FRAME,
  // `value_count` bytes of a message have gone out, or come.
  ASYNCIO_H2_SENT,
  ASYNCIO_H2_RECEIVED,
} __attribute__((enum_extensibility(closed)));

struct asyncio_h2_event {
  enum asyncio_h2_event_kind kind;
  int32_t stream;
  // An error code of RFC 9113 section 7.
  uint32_t code;
  // The last of its stream.
  bool is_last;
  const uint8_t *_Nullable name;
  size_t name_count;
  const uint8_t *_Nullable value;
  size_t value_count;
};

struct asyncio_h2_body {
  // How many bytes were written; -1 when none are there yet.
  ptrdiff_t count;
  bool is_end;
  // Fields follow the end.
  bool has_trailers;
};

struct asyncio_h2_callbacks {
  void *context;
  // False refuses the stream that the event is about.
  bool (*on_event)(void *context, const struct asyncio_h2_event *event);
  // The next bytes of a body, for `count` bytes at the most.
  struct asyncio_h2_body (*on_body)(void *context, int32_t stream, uint8_t *memory, size_t count);
};

struct asyncio_h2_settings {
  uint32_t max_streams;
  uint32_t stream_window;
  int32_t connection_window;
  uint32_t max_field_list;
  bool enables_connect;
};

struct asyncio_h2_field {
  const uint8_t *name;
  size_t name_count;
  const uint8_t *value;
  size_t value_count;
  // Not to be put into the table of fields that later ones refer to: a secret.
  bool is_sensitive;
};

struct asyncio_h2;

// NULL without memory. The first bytes to send are those of the preface.
struct asyncio_h2 *_Nullable asyncio_h2_create(bool is_server, struct asyncio_h2_settings settings,
                                               struct asyncio_h2_callbacks callbacks);
void asyncio_h2_destroy(struct asyncio_h2 *session);

// Functions that return an int return 0 or more, or an error of libnghttp2.
const char *asyncio_h2_error(int code);

int asyncio_h2_receive(struct asyncio_h2 *session, const uint8_t *_Nullable bytes, size_t count);
// The next bytes to send, valid until the next call; 0 when there are none.
ptrdiff_t asyncio_h2_send(struct asyncio_h2 *session, const uint8_t *_Nullable *_Nonnull bytes);
// Whether there is a reason to go on reading and writing.
bool asyncio_h2_is_alive(struct asyncio_h2 *session);
bool asyncio_h2_wants_write(struct asyncio_h2 *session);

// The number of the stream.
int32_t asyncio_h2_request(struct asyncio_h2 *session, const struct asyncio_h2_field *_Nullable fields, size_t count, bool has_body);
int asyncio_h2_respond(struct asyncio_h2 *session, int32_t stream, const struct asyncio_h2_field *_Nullable fields, size_t count,
                       bool has_body);
int asyncio_h2_inform(struct asyncio_h2 *session, int32_t stream, const struct asyncio_h2_field *_Nullable fields, size_t count);
int asyncio_h2_trailers(struct asyncio_h2 *session, int32_t stream, const struct asyncio_h2_field *_Nullable fields, size_t count);
// There is more of a body.
int asyncio_h2_resume(struct asyncio_h2 *session, int32_t stream);
int asyncio_h2_reset(struct asyncio_h2 *session, int32_t stream, uint32_t code);
// So many bytes of a stream were used: the peer may send as many again.
int asyncio_h2_consume(struct asyncio_h2 *session, int32_t stream, size_t count);

int asyncio_h2_ping(struct asyncio_h2 *session);
// Says that no new streams will be taken soon.
int asyncio_h2_announce_end(struct asyncio_h2 *session);
// Takes no new streams: those under way go on.
int asyncio_h2_go_away(struct asyncio_h2 *session, uint32_t code);
// Ends all streams.
int asyncio_h2_terminate(struct asyncio_h2 *session, uint32_t code);
// How many streams the peer allows at once, once its settings have come.
uint32_t asyncio_h2_peer_max_streams(struct asyncio_h2 *session);

#pragma clang assume_nonnull end

#endif
