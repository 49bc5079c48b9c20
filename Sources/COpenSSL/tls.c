// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#define _GNU_SOURCE
#include "COpenSSL.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct server_name {
  char *name;
  SSL_CTX *context;
  struct server_name *next;
};

struct asyncio_tls_context {
  SSL_CTX *ssl;
  bool is_server;
  unsigned char *protocols;
  unsigned int protocols_count;
  struct server_name *names;
};

struct asyncio_tls {
  SSL *ssl;
  BIO *from_network;
  BIO *to_network;
};

int asyncio_tls_last_error(char *text, size_t size) {
  unsigned long code = ERR_peek_last_error();
  int kind = ASYNCIO_TLS_OTHER_FAILURE;
  if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
    int reason = ERR_GET_REASON(code);
    if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) kind = ASYNCIO_TLS_CERTIFICATE_REFUSED;
    // The number of the alert, behind an offset.
    if (reason >= SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256) {
      kind = reason - SSL_AD_REASON_OFFSET;
    }
  }
  if (code == 0) {
    strncpy(text, "unknown error", size - 1);
    text[size - 1] = 0;
  } else {
    const char *reason = ERR_reason_error_string(code);
    if (reason != NULL) {
      strncpy(text, reason, size - 1);
      text[size - 1] = 0;
    } else {
      ERR_error_string_n(code, text, size);
    }
  }
  ERR_clear_error();
  return kind;
}

// Contexts

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_length,
                           const unsigned char *offered, unsigned int count, void *argument) {
  (void)ssl;
  struct asyncio_tls_context *context = argument;
  unsigned char *chosen = NULL;
  int status = SSL_select_next_proto(&chosen, out_length, context->protocols,
                                     context->protocols_count, offered, count);
  *out = chosen;
  // RFC 7301, section 3.2: no protocol in common ends the handshake.
  return status == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// A name is the same with a dot at its end, RFC 1034, section 3.1.
static size_t length_without_dot(const char *name) {
  size_t length = strlen(name);
  return length > 1 && name[length - 1] == '.' ? length - 1 : length;
}

static bool is_same_name(const char *one, const char *other) {
  size_t length = length_without_dot(one);
  return length == length_without_dot(other) && strncasecmp(one, other, length) == 0;
}

static bool name_matches(const char *pattern, const char *name) {
  if (strncmp(pattern, "*.", 2) != 0) return is_same_name(pattern, name);
  const char *rest = strchr(name, '.');
  return rest != NULL && is_same_name(pattern + 1, rest);
}

static int choose_identity(SSL *ssl, int *alert, void *argument) {
  (void)alert;
  struct asyncio_tls_context *context = argument;
  const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == NULL) return SSL_TLSEXT_ERR_OK;
  for (struct server_name *entry = context->names; entry != NULL; entry = entry->next) {
    if (!name_matches(entry->name, name)) continue;
    SSL_set_SSL_CTX(ssl, entry->context);
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_OK;
}

asyncio_tls_context *asyncio_tls_context_new(bool is_server) {
  struct asyncio_tls_context *context = calloc(1, sizeof *context);
  if (context == NULL) return NULL;
  context->is_server = is_server;
  context->ssl = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
  if (context->ssl == NULL) {
    free(context);
    return NULL;
  }
  SSL_CTX_set_mode(context->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                     SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context->ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  if (is_server) {
    static const unsigned char id[] = "asyncio";
    SSL_CTX_set_session_id_context(context->ssl, id, sizeof id - 1);
    SSL_CTX_set_tlsext_servername_callback(context->ssl, choose_identity);
    SSL_CTX_set_tlsext_servername_arg(context->ssl, context);
  } else {
    SSL_CTX_set_session_cache_mode(context->ssl, SSL_SESS_CACHE_OFF);
  }
  return context;
}

void asyncio_tls_context_free(asyncio_tls_context *context) {
  if (context == NULL) return;
  while (context->names != NULL) {
    struct server_name *entry = context->names;
    context->names = entry->next;
    SSL_CTX_free(entry->context);
    free(entry->name);
    free(entry);
  }
  SSL_CTX_free(context->ssl);
  free(context->protocols);
  free(context);
}

bool asyncio_tls_context_use_system_roots(asyncio_tls_context *context) {
  // Read here, since the library says nothing of a file that it cannot read.
  const char *file = secure_getenv(X509_get_default_cert_file_env());
  // A certificate that is trusted may be any of the chain, not only one that has signed itself.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context->ssl), X509_V_FLAG_PARTIAL_CHAIN);
  if (file != NULL && *file != 0 && SSL_CTX_load_verify_file(context->ssl, file) != 1) return false;
  return SSL_CTX_set_default_verify_paths(context->ssl) == 1;
}

// Whether PEM has come to its end, and not to something that it cannot read: the end is an error, too.
static bool is_end_of_pem(void) {
  unsigned long code = ERR_peek_last_error();
  bool is_end = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
  if (is_end) ERR_clear_error();
  return is_end;
}

static bool add_root(asyncio_tls_context *context, X509 *certificate) {
  if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context->ssl), certificate) != 1) return false;
  // What a server asks its clients for.
  return !context->is_server || SSL_CTX_add_client_CA(context->ssl, certificate) == 1;
}

bool asyncio_tls_context_add_roots(asyncio_tls_context *context, const void *pem, size_t count,
                                   int *read) {
  BIO *bio = BIO_new_mem_buf(pem, (int)count);
  *read = 0;
  if (bio == NULL) return false;
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context->ssl), X509_V_FLAG_PARTIAL_CHAIN);
  bool is_good = true;
  X509 *certificate;
  ERR_clear_error();
  while (is_good && (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
    is_good = add_root(context, certificate);
    X509_free(certificate);
    if (is_good) *read += 1;
  }
  BIO_free(bio);
  return is_good && is_end_of_pem() && *read > 0;
}

static bool use_chain(SSL_CTX *ssl, const void *pem, size_t count, int *read) {
  BIO *bio = BIO_new_mem_buf(pem, (int)count);
  *read = 0;
  if (bio == NULL) return false;
  ERR_clear_error();
  X509 *certificate = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
  bool is_good = certificate != NULL && SSL_CTX_use_certificate(ssl, certificate) == 1;
  X509_free(certificate);
  SSL_CTX_clear_chain_certs(ssl);
  if (is_good) *read = 1;
  X509 *next;
  while (is_good && (next = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
    // Takes the certificate over.
    is_good = SSL_CTX_add0_chain_cert(ssl, next) == 1;
    if (is_good) *read += 1; else X509_free(next);
  }
  BIO_free(bio);
  return is_good && is_end_of_pem();
}

// A key with a password: there is nobody to ask.
static int no_password(char *buffer, int size, int for_writing, void *argument) {
  (void)buffer, (void)size, (void)for_writing, (void)argument;
  return 0;
}

bool asyncio_tls_context_use_identity(asyncio_tls_context *context, const void *chain,
                                      size_t chain_count, const void *key, size_t key_count,
                                      int *read) {
  if (!use_chain(context->ssl, chain, chain_count, read)) return false;
  *read = -1;
  BIO *bio = BIO_new_mem_buf(key, (int)key_count);
  if (bio == NULL) return false;
  EVP_PKEY *private_key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
  bool is_good = private_key != NULL && SSL_CTX_use_PrivateKey(context->ssl, private_key) == 1 &&
                 SSL_CTX_check_private_key(context->ssl) == 1;
  EVP_PKEY_free(private_key);
  BIO_free(bio);
  return is_good;
}

bool asyncio_tls_context_set_minimum_version(asyncio_tls_context *context, int version) {
  return SSL_CTX_set_min_proto_version(context->ssl,
                                       version == 13 ? TLS1_3_VERSION : TLS1_2_VERSION) == 1;
}

void asyncio_tls_context_set_verification(asyncio_tls_context *context, bool is_on) {
  int mode = is_on ? SSL_VERIFY_PEER : SSL_VERIFY_NONE;
  if (is_on && context->is_server) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  SSL_CTX_set_verify(context->ssl, mode, NULL);
}

bool asyncio_tls_context_set_protocols(asyncio_tls_context *context, const uint8_t *wire,
                                       size_t count) {
  if (!context->is_server) {
    // Zero is success here, unlike elsewhere.
    return SSL_CTX_set_alpn_protos(context->ssl, wire, (unsigned int)count) == 0;
  }
  free(context->protocols);
  context->protocols = malloc(count);
  if (context->protocols == NULL) return false;
  memcpy(context->protocols, wire, count);
  context->protocols_count = (unsigned int)count;
  SSL_CTX_set_alpn_select_cb(context->ssl, choose_protocol, context);
  return true;
}

bool asyncio_tls_context_add_name(asyncio_tls_context *context, const char *name,
                                  asyncio_tls_context *other) {
  struct server_name *entry = calloc(1, sizeof *entry);
  if (entry == NULL) return false;
  entry->name = strdup(name);
  SSL_CTX_up_ref(other->ssl);
  entry->context = other->ssl;
  entry->next = context->names;
  context->names = entry;
  return entry->name != NULL;
}

// Connections

static bool set_host(SSL *ssl, const char *host, bool is_address, bool checks_host) {
  // Server names are names, RFC 6066, section 3.
  if (!is_address && SSL_set_tlsext_host_name(ssl, host) != 1) return false;
  if (!checks_host) return true;
  if (is_address) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, host) == 1;
}

asyncio_tls *asyncio_tls_new(asyncio_tls_context *context, const char *host, bool is_address,
                             bool checks_host) {
  struct asyncio_tls *tls = calloc(1, sizeof *tls);
  if (tls == NULL) return NULL;
  tls->ssl = SSL_new(context->ssl);
  tls->from_network = BIO_new(BIO_s_mem());
  tls->to_network = BIO_new(BIO_s_mem());
  if (tls->ssl == NULL || tls->from_network == NULL || tls->to_network == NULL) {
    BIO_free(tls->from_network);
    BIO_free(tls->to_network);
    SSL_free(tls->ssl);
    free(tls);
    return NULL;
  }
  // An empty memory is one that has to be waited for, not the end.
  BIO_set_mem_eof_return(tls->from_network, -1);
  BIO_set_mem_eof_return(tls->to_network, -1);
  SSL_set_bio(tls->ssl, tls->from_network, tls->to_network);
  if (context->is_server) {
    SSL_set_accept_state(tls->ssl);
  } else {
    SSL_set_connect_state(tls->ssl);
    if (host != NULL && !set_host(tls->ssl, host, is_address, checks_host)) {
      asyncio_tls_free(tls);
      return NULL;
    }
  }
  return tls;
}

void asyncio_tls_free(asyncio_tls *tls) {
  if (tls == NULL) return;
  SSL_free(tls->ssl);  // With both memories.
  free(tls);
}

static int outcome(asyncio_tls *tls, int result) {
  switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return ASYNCIO_TLS_WANTS_INPUT;
    case SSL_ERROR_ZERO_RETURN: return ASYNCIO_TLS_CLOSED;
    default: return ASYNCIO_TLS_FAILED;
  }
}

int asyncio_tls_handshake(asyncio_tls *tls) {
  ERR_clear_error();
  int result = SSL_do_handshake(tls->ssl);
  return result == 1 ? 1 : outcome(tls, result);
}

int asyncio_tls_read(asyncio_tls *tls, void *buffer, size_t count) {
  ERR_clear_error();
  size_t done = 0;
  int result = SSL_read_ex(tls->ssl, buffer, count, &done);
  return result == 1 ? (int)done : outcome(tls, result);
}

int asyncio_tls_peek(asyncio_tls *tls) {
  ERR_clear_error();
  char byte;
  size_t done = 0;
  int result = SSL_peek_ex(tls->ssl, &byte, sizeof byte, &done);
  return result == 1 ? (int)done : outcome(tls, result);
}

int asyncio_tls_write(asyncio_tls *tls, const void *bytes, size_t count) {
  ERR_clear_error();
  size_t done = 0;
  int result = SSL_write_ex(tls->ssl, bytes, count, &done);
  return result == 1 ? (int)done : outcome(tls, result);
}

void asyncio_tls_shutdown(asyncio_tls *tls) {
  if (SSL_is_init_finished(tls->ssl) && !(SSL_get_shutdown(tls->ssl) & SSL_SENT_SHUTDOWN)) {
    SSL_shutdown(tls->ssl);
  }
  ERR_clear_error();
}

bool asyncio_tls_feed(asyncio_tls *tls, const void *bytes, size_t count) {
  size_t done = 0;
  return BIO_write_ex(tls->from_network, bytes, count, &done) == 1 && done == count;
}

void asyncio_tls_feed_end(asyncio_tls *tls) { BIO_set_mem_eof_return(tls->from_network, 0); }

size_t asyncio_tls_output_count(asyncio_tls *tls) { return BIO_ctrl_pending(tls->to_network); }

size_t asyncio_tls_take_output(asyncio_tls *tls, void *buffer, size_t count) {
  size_t done = 0;
  return BIO_read_ex(tls->to_network, buffer, count, &done) == 1 ? done : 0;
}

const char *asyncio_tls_verification_failure(asyncio_tls *tls) {
  long result = SSL_get_verify_result(tls->ssl);
  return result == X509_V_OK ? NULL : X509_verify_cert_error_string(result);
}

const char *asyncio_tls_version(asyncio_tls *tls) { return SSL_get_version(tls->ssl); }

const char *asyncio_tls_cipher(asyncio_tls *tls) { return SSL_get_cipher_name(tls->ssl); }

size_t asyncio_tls_protocol(asyncio_tls *tls, const uint8_t **name) {
  unsigned int count = 0;
  SSL_get0_alpn_selected(tls->ssl, name, &count);
  return count;
}

size_t asyncio_tls_peer_certificate(asyncio_tls *tls, uint8_t **der) {
  *der = NULL;
  X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
  if (certificate == NULL) return 0;
  int count = i2d_X509(certificate, der);
  return count > 0 ? (size_t)count : 0;
}

void asyncio_tls_free_bytes(uint8_t *bytes) { OPENSSL_free(bytes); }

bool asyncio_tls_was_resumed(asyncio_tls *tls) { return SSL_session_reused(tls->ssl) == 1; }

size_t asyncio_tls_session(asyncio_tls *tls, uint8_t **bytes) {
  *bytes = NULL;
  SSL_SESSION *session = SSL_get0_session(tls->ssl);
  if (session == NULL || !SSL_SESSION_is_resumable(session)) return 0;
  int count = i2d_SSL_SESSION(session, NULL);
  if (count <= 0) return 0;
  *bytes = OPENSSL_malloc((size_t)count);
  if (*bytes == NULL) return 0;
  unsigned char *end = *bytes;
  return (size_t)i2d_SSL_SESSION(session, &end);
}

bool asyncio_tls_resume(asyncio_tls *tls, const uint8_t *bytes, size_t count) {
  const unsigned char *start = bytes;
  SSL_SESSION *session = d2i_SSL_SESSION(NULL, &start, (long)count);
  bool is_good = session != NULL && SSL_set_session(tls->ssl, session) == 1;
  SSL_SESSION_free(session);
  ERR_clear_error();
  return is_good;
}
