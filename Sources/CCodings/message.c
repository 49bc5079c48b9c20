// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#include "CCodings.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

struct asyncio_message_coder {
  z_stream zlib;
  bool compresses;
};

struct asyncio_message_coder *asyncio_message_coder_create(bool compresses, int window_bits) {
  struct asyncio_message_coder *coder = calloc(1, sizeof *coder);
  if (!coder) return NULL;
  coder->compresses = compresses;
  int result = compresses ? deflateInit2(&coder->zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -window_bits, 8, Z_DEFAULT_STRATEGY)
                          : inflateInit2(&coder->zlib, -window_bits);
  if (result == Z_OK) return coder;
  free(coder);
  return NULL;
}

void asyncio_message_coder_destroy(struct asyncio_message_coder *coder) {
  if (coder->compresses) deflateEnd(&coder->zlib);
  else inflateEnd(&coder->zlib);
  free(coder);
}

void asyncio_message_coder_reset(struct asyncio_message_coder *coder) {
  if (coder->compresses) deflateReset(&coder->zlib);
  else inflateReset(&coder->zlib);
}

enum asyncio_coding_step asyncio_message_coder_step(struct asyncio_message_coder *coder, struct asyncio_coding_buffers *buffers) {
  z_stream *stream = &coder->zlib;
  unsigned given = buffers->input_count > UINT_MAX ? UINT_MAX : (unsigned)buffers->input_count;
  unsigned room = buffers->output_count > UINT_MAX ? UINT_MAX : (unsigned)buffers->output_count;
  stream->next_in = (Bytef *)buffers->input;
  stream->avail_in = given;
  stream->next_out = buffers->output;
  stream->avail_out = room;
  int result = coder->compresses ? deflate(stream, Z_SYNC_FLUSH) : inflate(stream, Z_SYNC_FLUSH);
  buffers->input = stream->next_in;
  buffers->input_count -= given - stream->avail_in;
  buffers->output = stream->next_out;
  buffers->output_count -= room - stream->avail_out;
  // A peer may end its stream with a message: what follows is another one.
  if (result == Z_STREAM_END) return ASYNCIO_CODING_ENDED;
  if (result != Z_OK && result != Z_BUF_ERROR) return ASYNCIO_CODING_FAILED;
  return stream->avail_out == 0 ? ASYNCIO_CODING_HAS_MORE : ASYNCIO_CODING_NEEDS_INPUT;
}
