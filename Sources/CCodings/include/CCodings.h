// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#ifndef ASYNCIO_CODINGS_H
#define ASYNCIO_CODINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// The content codings of HTTP by the libraries that everybody uses, each as the same few functions. Memory in, memory out: no function
// blocks, and none writes more than it is given room for.

enum asyncio_coding {
  ASYNCIO_CODING_GZIP,
  // RFC 9110 section 8.4.1.2 means the format of zlib; some servers send bare deflate, and the first bytes tell.
  ASYNCIO_CODING_DEFLATE,
  ASYNCIO_CODING_BROTLI,
  ASYNCIO_CODING_ZSTD,
} __attribute__((enum_extensibility(closed)));

enum asyncio_coding_step {
  // All input was taken, and more is needed.
  ASYNCIO_CODING_NEEDS_INPUT,
  // The output is full; there is more.
  ASYNCIO_CODING_HAS_MORE,
  // What was coded has ended; other input would begin another member or frame, or is left.
  ASYNCIO_CODING_ENDED,
  // The input is not of this coding.
  ASYNCIO_CODING_FAILED,
} __attribute__((enum_extensibility(closed)));

// Input that moves on as it is taken, and output that fills.
struct asyncio_coding_buffers {
  const uint8_t *_Nullable input;
  size_t input_count;
  uint8_t *output;
  size_t output_count;
};

struct asyncio_decoder;

// NULL without memory.
struct asyncio_decoder *_Nullable asyncio_decoder_create(enum asyncio_coding coding);
void asyncio_decoder_destroy(struct asyncio_decoder *decoder);
enum asyncio_coding_step asyncio_decoder_step(struct asyncio_decoder *decoder, struct asyncio_coding_buffers *buffers);

struct asyncio_encoder;

// What is to become of the input of a step.
enum asyncio_coding_flush {
  ASYNCIO_CODING_GO_ON,
  // The peer is to be able to decode all that was given.
  ASYNCIO_CODING_FLUSH,
  ASYNCIO_CODING_FINISH,
} __attribute__((enum_extensibility(closed)));

// NULL without memory. The level is the library's own.
struct asyncio_encoder *_Nullable asyncio_encoder_create(enum asyncio_coding coding, int level);
void asyncio_encoder_destroy(struct asyncio_encoder *encoder);
enum asyncio_coding_step asyncio_encoder_step(struct asyncio_encoder *encoder, struct asyncio_coding_buffers *buffers,
                                              enum asyncio_coding_flush flush);

// Messages of WebSocket, RFC 7692: bare deflate, where what is flushed is a message.

struct asyncio_message_coder;

// The window is a power of two, 9 to 15 for one that compresses and 8 to 15 for one that does not. NULL without memory.
struct asyncio_message_coder *_Nullable asyncio_message_coder_create(bool compresses, int window_bits);
void asyncio_message_coder_destroy(struct asyncio_message_coder *coder);
// Forgets what came before.
void asyncio_message_coder_reset(struct asyncio_message_coder *coder);
enum asyncio_coding_step asyncio_message_coder_step(struct asyncio_message_coder *coder, struct asyncio_coding_buffers *buffers);

#pragma clang assume_nonnull end

#endif
