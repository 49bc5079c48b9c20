// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// TLS as a machine that turns bytes into other bytes: OpenSSL 3 between two memory BIOs. No function here
// reads or writes a socket, and none waits.

#ifndef COPENSSL_H
#define COPENSSL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Settings and certificates of many connections: an SSL_CTX.
typedef struct asyncio_tls_context asyncio_tls_context;
/// One connection: an SSL.
typedef struct asyncio_tls asyncio_tls;

// Functions that return bool leave the reason of a failure to asyncio_tls_last_error.

/// What OpenSSL says of the last failure on this thread; empties its queue of errors. Returns the number of the alert
/// that the peer has sent, RFC 8446, section 6, or what else it was.
int asyncio_tls_last_error(char *_Nonnull text, size_t size);
enum { ASYNCIO_TLS_OTHER_FAILURE = -1, ASYNCIO_TLS_CERTIFICATE_REFUSED = -2 };

asyncio_tls_context *_Nullable asyncio_tls_context_new(bool is_server);
void asyncio_tls_context_free(asyncio_tls_context *_Nullable context);
bool asyncio_tls_context_use_system_roots(asyncio_tls_context *_Nonnull context);
/// Certificates in PEM, one at the least; `read` is how many could be used before the first that could not.
bool asyncio_tls_context_add_roots(asyncio_tls_context *_Nonnull context,
                                   const void *_Nonnull pem, size_t count, int *_Nonnull read);
/// A certificate, with those that lead to its root, and its key, all in PEM; `read` is how many certificates could be
/// used before the first that could not, or -1 when it was the key.
bool asyncio_tls_context_use_identity(asyncio_tls_context *_Nonnull context,
                                      const void *_Nonnull chain, size_t chain_count,
                                      const void *_Nonnull key, size_t key_count,
                                      int *_Nonnull read);
/// 12 or 13: TLS 1.2 or 1.3.
bool asyncio_tls_context_set_minimum_version(asyncio_tls_context *_Nonnull context, int version);
/// Whether the peer's certificate is verified; of a server's clients, one is then required.
void asyncio_tls_context_set_verification(asyncio_tls_context *_Nonnull context, bool is_on);
/// The protocols, each behind its length, RFC 7301.
bool asyncio_tls_context_set_protocols(asyncio_tls_context *_Nonnull context,
                                       const uint8_t *_Nonnull wire, size_t count);
/// Clients that ask for `name`, which may begin with "*.", are served with `other`, which must live as
/// long as `context`.
bool asyncio_tls_context_add_name(asyncio_tls_context *_Nonnull context, const char *_Nonnull name,
                                  asyncio_tls_context *_Nonnull other);

/// `host`: the name to ask for and, with `checks_host`, to find in the certificate; null for a server.
asyncio_tls *_Nullable asyncio_tls_new(asyncio_tls_context *_Nonnull context,
                                       const char *_Nullable host, bool is_address,
                                       bool checks_host);
void asyncio_tls_free(asyncio_tls *_Nullable tls);

/// What a step came to; a positive number is a count of bytes.
enum { ASYNCIO_TLS_WANTS_INPUT = 0, ASYNCIO_TLS_CLOSED = -1, ASYNCIO_TLS_FAILED = -2 };

/// SHA-1, FIPS 180-4, which WebSocket needs and no secret may rely on.
void asyncio_sha1(const void *_Nonnull bytes, size_t count, unsigned char *_Nonnull digest);

/// 1 when the handshake is done.
int asyncio_tls_handshake(asyncio_tls *_Nonnull tls);
int asyncio_tls_read(asyncio_tls *_Nonnull tls, void *_Nullable buffer, size_t count);
/// As a read of one byte, which stays.
int asyncio_tls_peek(asyncio_tls *_Nonnull tls);
int asyncio_tls_write(asyncio_tls *_Nonnull tls, const void *_Nullable bytes, size_t count);
/// Makes the close_notify alert; a second time does nothing.
void asyncio_tls_shutdown(asyncio_tls *_Nonnull tls);

/// Takes in bytes from the network; false when there is no memory.
bool asyncio_tls_feed(asyncio_tls *_Nonnull tls, const void *_Nonnull bytes, size_t count);
/// The network has ended.
void asyncio_tls_feed_end(asyncio_tls *_Nonnull tls);
/// How many bytes are to be sent to the network.
size_t asyncio_tls_output_count(asyncio_tls *_Nonnull tls);
size_t asyncio_tls_take_output(asyncio_tls *_Nonnull tls, void *_Nonnull buffer, size_t count);

/// Why the peer's certificate was refused, as text; null when it was not.
const char *_Nullable asyncio_tls_verification_failure(asyncio_tls *_Nonnull tls);
const char *_Nonnull asyncio_tls_version(asyncio_tls *_Nonnull tls);
const char *_Nonnull asyncio_tls_cipher(asyncio_tls *_Nonnull tls);
/// The protocol both have agreed on; its length, 0 when there is none.
size_t asyncio_tls_protocol(asyncio_tls *_Nonnull tls, const uint8_t *_Nullable *_Nonnull name);
/// The peer's certificate in DER; its length, 0 when there is none. Free it with asyncio_tls_free_bytes.
size_t asyncio_tls_peer_certificate(asyncio_tls *_Nonnull tls, uint8_t *_Nullable *_Nonnull der);
void asyncio_tls_free_bytes(uint8_t *_Nullable bytes);
bool asyncio_tls_was_resumed(asyncio_tls *_Nonnull tls);

/// A session that a later connection may resume, or null; serialised, to be freed as above.
size_t asyncio_tls_session(asyncio_tls *_Nonnull tls, uint8_t *_Nullable *_Nonnull bytes);
bool asyncio_tls_resume(asyncio_tls *_Nonnull tls, const uint8_t *_Nonnull bytes, size_t count);

#endif
