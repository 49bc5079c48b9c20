// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#include "CHTTP2.h"

#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <sys/types.h>

struct asyncio_h2 {
  nghttp2_session *session;
  struct asyncio_h2_callbacks callbacks;
};

static bool note(struct asyncio_h2 *session, struct asyncio_h2_event event) {
  return session->callbacks.on_event(session->callbacks.context, &event);
}

// MARK: What comes

static int on_begin_headers(nghttp2_session *raw, const nghttp2_frame *frame, void *user) {
  (void)raw;
  note(user, (struct asyncio_h2_event){.kind = ASYNCIO_H2_BLOCK_BEGINS, .stream = frame->hd.stream_id});
  return 0;
}

static int on_header(nghttp2_session *raw, const nghttp2_frame *frame, const uint8_t *name, size_t name_count,
                     const uint8_t *value, size_t value_count, uint8_t flags, void *user) {
  (void)raw, (void)flags;
  bool goes_on = note(user, (struct asyncio_h2_event){.kind = ASYNCIO_H2_FIELD,
                                                      .stream = frame->hd.stream_id,
                                                      .name = name,
                                                      .name_count = name_count,
                                                      .value = value,
                                                      .value_count = value_count});
  // The stream is reset, the connection goes on.
  return goes_on ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

// Without this, a field that is malformed would be left out in silence.
static int on_invalid_header(nghttp2_session *raw, const nghttp2_frame *frame, const uint8_t *name, size_t name_count,
                             const uint8_t *value, size_t value_count, uint8_t flags, void *user) {
  (void)name, (void)name_count, (void)value, (void)value_count, (void)flags;
  note(user, (struct asyncio_h2_event){.kind = ASYNCIO_H2_FAULT, .stream = frame->hd.stream_id, .code = NGHTTP2_PROTOCOL_ERROR});
  // Otherwise the peer would be told of an internal error.
  nghttp2_submit_rst_stream(raw, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_PROTOCOL_ERROR);
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

#define LAST_KNOWN_TYPE NGHTTP2_CONTINUATION

static int unpack_unknown(nghttp2_session *raw, void **payload, const nghttp2_frame_hd *header, void *user) {
  (void)raw, (void)header, (void)user;
  *payload = NULL;
  return 0;
}

// Frames of which nothing is told later.
static int on_begin_frame(nghttp2_session *raw, const nghttp2_frame_hd *header, void *user) {
  (void)raw;
  if (header->type == NGHTTP2_PRIORITY || header->type > LAST_KNOWN_TYPE)
    note(user, (struct asyncio_h2_event){.kind = ASYNCIO_H2_IDLE_FRAME, .stream = header->stream_id});
  return 0;
}

// Less than this opens a window for nothing.
#define SMALLEST_WINDOW_UPDATE 1024

#define FRAME_HEAD 9

// The bytes of messages on the wire.
static void count_bytes(struct asyncio_h2 *session, enum asyncio_h2_event_kind kind, const nghttp2_frame_hd *header) {
  if (header->type != NGHTTP2_HEADERS && header->type != NGHTTP2_DATA) return;
  note(session, (struct asyncio_h2_event){
                    .kind = kind, .stream = header->stream_id, .value_count = FRAME_HEAD + header->length});
}

static int on_frame_sent(nghttp2_session *raw, const nghttp2_frame *frame, void *user) {
  (void)raw;
  count_bytes(user, ASYNCIO_H2_SENT, &frame->hd);
  return 0;
}

static int on_frame(nghttp2_session *raw, const nghttp2_frame *frame, void *user) {
  (void)raw;
  count_bytes(user, ASYNCIO_H2_RECEIVED, &frame->hd);
  struct asyncio_h2_event event = {.stream = frame->hd.stream_id, .is_last = frame->hd.flags & NGHTTP2_FLAG_END_STREAM};
  switch (frame->hd.type) {
  case NGHTTP2_HEADERS:
    event.kind = ASYNCIO_H2_BLOCK_ENDS;
    break;
  case NGHTTP2_DATA:
    if (event.is_last) {
      event.kind = ASYNCIO_H2_END;
    } else if (frame->hd.length == 0) {
      event.kind = ASYNCIO_H2_IDLE_FRAME;
    } else {
      return 0;
    }
    break;
  case NGHTTP2_SETTINGS:
    event.kind = frame->hd.flags & NGHTTP2_FLAG_ACK ? ASYNCIO_H2_IDLE_FRAME : ASYNCIO_H2_SETTINGS;
    break;
  case NGHTTP2_GOAWAY:
    event.kind = ASYNCIO_H2_GOAWAY;
    event.stream = frame->goaway.last_stream_id;
    event.code = frame->goaway.error_code;
    break;
  case NGHTTP2_PING:
    event.kind = frame->hd.flags & NGHTTP2_FLAG_ACK ? ASYNCIO_H2_PING_ANSWERED : ASYNCIO_H2_IDLE_FRAME;
    break;
  case NGHTTP2_WINDOW_UPDATE:
    if (frame->window_update.window_size_increment >= SMALLEST_WINDOW_UPDATE) return 0;
    event.kind = ASYNCIO_H2_IDLE_FRAME;
    break;
  default:
    // The library has a limit of its own for RST_STREAM, and the rest were counted as they began.
    return 0;
  }
  note(user, event);
  return 0;
}

static int on_data(nghttp2_session *raw, uint8_t flags, int32_t stream, const uint8_t *bytes, size_t count, void *user) {
  (void)flags;
  note(user, (struct asyncio_h2_event){.kind = ASYNCIO_H2_DATA, .stream = stream, .value = bytes, .value_count = count});
  // A stream that is not read holds up none of the others: the connection's window opens at once, the stream's when its bytes
  // are used.
  return nghttp2_session_consume_connection(raw, count) == 0 ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_stream_close(nghttp2_session *raw, int32_t stream, uint32_t code, void *user) {
  (void)raw;
  note(user, (struct asyncio_h2_event){.kind = ASYNCIO_H2_CLOSED, .stream = stream, .code = code});
  // Any other value would leak the stream (CVE-2023-35945).
  return 0;
}

static int on_frame_not_sent(nghttp2_session *raw, const nghttp2_frame *frame, int code, void *user) {
  (void)raw, (void)code;
  if (frame->hd.type == NGHTTP2_HEADERS)
    note(user, (struct asyncio_h2_event){.kind = ASYNCIO_H2_NOT_SENT, .stream = frame->hd.stream_id});
  return 0;
}

static int on_invalid_frame(nghttp2_session *raw, const nghttp2_frame *frame, int code, void *user) {
  (void)raw, (void)code;
  note(user, (struct asyncio_h2_event){.kind = ASYNCIO_H2_FAULT, .stream = frame->hd.stream_id, .code = NGHTTP2_PROTOCOL_ERROR});
  return 0;
}

static ssize_t on_body(nghttp2_session *raw, int32_t stream, uint8_t *memory, size_t count, uint32_t *flags,
                       nghttp2_data_source *source, void *user) {
  (void)raw, (void)source;
  struct asyncio_h2 *session = user;
  struct asyncio_h2_body body = session->callbacks.on_body(session->callbacks.context, stream, memory, count);
  if (body.count < 0) return NGHTTP2_ERR_DEFERRED;
  if (body.is_end) *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (body.has_trailers) *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  return body.count;
}

// MARK: Sessions

// The limits of floods: what is more is none, and ends the connection.
static nghttp2_option *make_options(bool is_server) {
  nghttp2_option *option = NULL;
  if (nghttp2_option_new(&option) != 0) return NULL;
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_max_outbound_ack(option, 100);
  nghttp2_option_set_max_settings(option, 32);
  // Frames of types that are not known have to be ignored (RFC 9113 section 4.1), and are to be counted.
  for (int type = LAST_KNOWN_TYPE + 1; type <= 255; type++) nghttp2_option_set_user_recv_extension_type(option, (uint8_t)type);
  // Until the server's settings have come.
  if (!is_server) nghttp2_option_set_peer_max_concurrent_streams(option, 100);
  return option;
}

static int submit_settings(struct asyncio_h2 *session, bool is_server, struct asyncio_h2_settings settings) {
  nghttp2_settings_entry entries[6];
  size_t count = 0;
  if (is_server) {
    entries[count++] = (nghttp2_settings_entry){NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.max_streams};
    entries[count++] = (nghttp2_settings_entry){NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1};
    if (settings.enables_connect) entries[count++] = (nghttp2_settings_entry){NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1};
  } else {
    entries[count++] = (nghttp2_settings_entry){NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
  }
  entries[count++] = (nghttp2_settings_entry){NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings.stream_window};
  entries[count++] = (nghttp2_settings_entry){NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, settings.max_field_list};
  int result = nghttp2_submit_settings(session->session, NGHTTP2_FLAG_NONE, entries, count);
  if (result != 0) return result;
  return nghttp2_session_set_local_window_size(session->session, NGHTTP2_FLAG_NONE, 0, settings.connection_window);
}

struct asyncio_h2 *asyncio_h2_create(bool is_server, struct asyncio_h2_settings settings,
                                     struct asyncio_h2_callbacks callbacks) {
  struct asyncio_h2 *session = calloc(1, sizeof *session);
  nghttp2_option *option = make_options(is_server);
  nghttp2_session_callbacks *table = NULL;
  if (!session || !option || nghttp2_session_callbacks_new(&table) != 0) goto failed;
  session->callbacks = callbacks;
  nghttp2_session_callbacks_set_on_begin_headers_callback(table, on_begin_headers);
  nghttp2_session_callbacks_set_on_begin_frame_callback(table, on_begin_frame);
  nghttp2_session_callbacks_set_unpack_extension_callback(table, unpack_unknown);
  nghttp2_session_callbacks_set_on_header_callback(table, on_header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(table, on_invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(table, on_frame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(table, on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(table, on_stream_close);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(table, on_frame_not_sent);
  nghttp2_session_callbacks_set_on_frame_send_callback(table, on_frame_sent);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(table, on_invalid_frame);
  int result = is_server ? nghttp2_session_server_new2(&session->session, table, session, option)
                         : nghttp2_session_client_new2(&session->session, table, session, option);
  if (result != 0 || submit_settings(session, is_server, settings) != 0) goto failed;
  nghttp2_session_callbacks_del(table);
  nghttp2_option_del(option);
  return session;
failed:
  nghttp2_session_callbacks_del(table);
  nghttp2_option_del(option);
  if (session) asyncio_h2_destroy(session);
  return NULL;
}

void asyncio_h2_destroy(struct asyncio_h2 *session) {
  nghttp2_session_del(session->session);
  free(session);
}

const char *asyncio_h2_error(int code) { return nghttp2_strerror(code); }

int asyncio_h2_receive(struct asyncio_h2 *session, const uint8_t *bytes, size_t count) {
  ssize_t result = nghttp2_session_mem_recv(session->session, bytes, count);
  // It takes all, unless a callback says otherwise, which none does.
  if (result >= 0 && (size_t)result != count) return NGHTTP2_ERR_PROTO;
  return result < 0 ? (int)result : 0;
}

ptrdiff_t asyncio_h2_send(struct asyncio_h2 *session, const uint8_t **bytes) {
  return nghttp2_session_mem_send(session->session, bytes);
}

bool asyncio_h2_is_alive(struct asyncio_h2 *session) {
  return nghttp2_session_want_read(session->session) || nghttp2_session_want_write(session->session);
}

bool asyncio_h2_wants_write(struct asyncio_h2 *session) { return nghttp2_session_want_write(session->session); }

// MARK: Streams

// A call has a few dozen fields: more are a fault of the caller's, which is told so.
#define MOST_FIELDS 1024

static nghttp2_nv *make_fields(const struct asyncio_h2_field *fields, size_t count) {
  if (count > MOST_FIELDS) return NULL;
  nghttp2_nv *result = calloc(count + 1, sizeof *result);
  for (size_t index = 0; result && index < count; index++) {
    // libnghttp2 copies names and values before it returns.
    result[index] = (nghttp2_nv){(uint8_t *)fields[index].name, (uint8_t *)fields[index].value, fields[index].name_count,
                                 fields[index].value_count,
                                 fields[index].is_sensitive ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE};
  }
  return result;
}

static const nghttp2_data_provider body = {.read_callback = on_body};

int32_t asyncio_h2_request(struct asyncio_h2 *session, const struct asyncio_h2_field *fields, size_t count, bool has_body) {
  // Otherwise it would be told later that it was not sent.
  if (!nghttp2_session_check_request_allowed(session->session)) return NGHTTP2_ERR_START_STREAM_NOT_ALLOWED;
  nghttp2_nv *list = make_fields(fields, count);
  if (!list) return NGHTTP2_ERR_NOMEM;
  int32_t stream = nghttp2_submit_request(session->session, NULL, list, count, has_body ? &body : NULL, NULL);
  free(list);
  return stream;
}

int asyncio_h2_respond(struct asyncio_h2 *session, int32_t stream, const struct asyncio_h2_field *fields, size_t count,
                       bool has_body) {
  nghttp2_nv *list = make_fields(fields, count);
  if (!list) return NGHTTP2_ERR_NOMEM;
  int result = nghttp2_submit_response(session->session, stream, list, count, has_body ? &body : NULL);
  free(list);
  return result;
}

int asyncio_h2_inform(struct asyncio_h2 *session, int32_t stream, const struct asyncio_h2_field *fields, size_t count) {
  nghttp2_nv *list = make_fields(fields, count);
  if (!list) return NGHTTP2_ERR_NOMEM;
  int result = nghttp2_submit_headers(session->session, NGHTTP2_FLAG_NONE, stream, NULL, list, count, NULL);
  free(list);
  return result;
}

int asyncio_h2_trailers(struct asyncio_h2 *session, int32_t stream, const struct asyncio_h2_field *fields, size_t count) {
  nghttp2_nv *list = make_fields(fields, count);
  if (!list) return NGHTTP2_ERR_NOMEM;
  int result = nghttp2_submit_trailer(session->session, stream, list, count);
  free(list);
  return result;
}

int asyncio_h2_resume(struct asyncio_h2 *session, int32_t stream) {
  int result = nghttp2_session_resume_data(session->session, stream);
  // It was not waiting.
  return result == NGHTTP2_ERR_INVALID_ARGUMENT ? 0 : result;
}

int asyncio_h2_reset(struct asyncio_h2 *session, int32_t stream, uint32_t code) {
  return nghttp2_submit_rst_stream(session->session, NGHTTP2_FLAG_NONE, stream, code);
}

int asyncio_h2_consume(struct asyncio_h2 *session, int32_t stream, size_t count) {
  return nghttp2_session_consume_stream(session->session, stream, count);
}

// MARK: The connection

int asyncio_h2_ping(struct asyncio_h2 *session) { return nghttp2_submit_ping(session->session, NGHTTP2_FLAG_NONE, NULL); }

int asyncio_h2_announce_end(struct asyncio_h2 *session) { return nghttp2_submit_shutdown_notice(session->session); }

int asyncio_h2_go_away(struct asyncio_h2 *session, uint32_t code) {
  int32_t last = nghttp2_session_get_last_proc_stream_id(session->session);
  return nghttp2_submit_goaway(session->session, NGHTTP2_FLAG_NONE, last, code, NULL, 0);
}

int asyncio_h2_terminate(struct asyncio_h2 *session, uint32_t code) {
  return nghttp2_session_terminate_session(session->session, code);
}

uint32_t asyncio_h2_peer_max_streams(struct asyncio_h2 *session) {
  return nghttp2_session_get_remote_settings(session->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}
