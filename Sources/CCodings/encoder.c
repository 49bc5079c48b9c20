// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

#include "CCodings.h"

#include <brotli/encode.h>
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

struct asyncio_encoder {
  enum asyncio_coding coding;
  z_stream zlib;
  bool has_zlib;
  BrotliEncoderState *brotli;
  ZSTD_CStream *zstd;
};

struct asyncio_encoder *asyncio_encoder_create(enum asyncio_coding coding, int level) {
  struct asyncio_encoder *encoder = calloc(1, sizeof *encoder);
  if (!encoder) return NULL;
  encoder->coding = coding;
  bool is_made = true;
  switch (coding) {
  case ASYNCIO_CODING_GZIP:
  case ASYNCIO_CODING_DEFLATE: {
    int window = coding == ASYNCIO_CODING_GZIP ? MAX_WBITS + 16 : MAX_WBITS;
    is_made = encoder->has_zlib =
      deflateInit2(&encoder->zlib, level, Z_DEFLATED, window, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK;
    break;
  }
  case ASYNCIO_CODING_BROTLI:
    is_made = (encoder->brotli = BrotliEncoderCreateInstance(NULL, NULL, NULL)) &&
              BrotliEncoderSetParameter(encoder->brotli, BROTLI_PARAM_QUALITY, (uint32_t)level);
    break;
  case ASYNCIO_CODING_ZSTD:
    is_made = (encoder->zstd = ZSTD_createCStream()) && !ZSTD_isError(ZSTD_initCStream(encoder->zstd, level));
    break;
  }
  if (is_made) return encoder;
  asyncio_encoder_destroy(encoder);
  return NULL;
}

void asyncio_encoder_destroy(struct asyncio_encoder *encoder) {
  if (encoder->has_zlib) deflateEnd(&encoder->zlib);
  if (encoder->brotli) BrotliEncoderDestroyInstance(encoder->brotli);
  if (encoder->zstd) ZSTD_freeCStream(encoder->zstd);
  free(encoder);
}

static unsigned shortened(size_t count) { return count > UINT_MAX ? UINT_MAX : (unsigned)count; }

static enum asyncio_coding_step deflate_step(z_stream *stream, struct asyncio_coding_buffers *buffers,
                                             enum asyncio_coding_flush flush) {
  static const int flushes[] = {Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH};
  unsigned given = shortened(buffers->input_count), room = shortened(buffers->output_count);
  stream->next_in = (Bytef *)buffers->input;
  stream->avail_in = given;
  stream->next_out = buffers->output;
  stream->avail_out = room;
  int result = deflate(stream, flushes[flush]);
  buffers->input = stream->next_in;
  buffers->input_count -= given - stream->avail_in;
  buffers->output = stream->next_out;
  buffers->output_count -= room - stream->avail_out;
  if (result == Z_STREAM_END) return ASYNCIO_CODING_ENDED;
  if (result != Z_OK && result != Z_BUF_ERROR) return ASYNCIO_CODING_FAILED;
  return stream->avail_out == 0 ? ASYNCIO_CODING_HAS_MORE : ASYNCIO_CODING_NEEDS_INPUT;
}

static enum asyncio_coding_step brotli_step(BrotliEncoderState *state, struct asyncio_coding_buffers *buffers,
                                            enum asyncio_coding_flush flush) {
  static const BrotliEncoderOperation operations[] = {BROTLI_OPERATION_PROCESS, BROTLI_OPERATION_FLUSH,
                                                      BROTLI_OPERATION_FINISH};
  if (!BrotliEncoderCompressStream(state, operations[flush], &buffers->input_count, &buffers->input,
                                   &buffers->output_count, &buffers->output, NULL))
    return ASYNCIO_CODING_FAILED;
  if (BrotliEncoderHasMoreOutput(state)) return ASYNCIO_CODING_HAS_MORE;
  return BrotliEncoderIsFinished(state) ? ASYNCIO_CODING_ENDED : ASYNCIO_CODING_NEEDS_INPUT;
}

static enum asyncio_coding_step zstd_step(ZSTD_CStream *stream, struct asyncio_coding_buffers *buffers,
                                          enum asyncio_coding_flush flush) {
  static const ZSTD_EndDirective directives[] = {ZSTD_e_continue, ZSTD_e_flush, ZSTD_e_end};
  ZSTD_inBuffer input = {buffers->input, buffers->input_count, 0};
  ZSTD_outBuffer output = {buffers->output, buffers->output_count, 0};
  size_t result = ZSTD_compressStream2(stream, &output, &input, directives[flush]);
  buffers->input += input.pos;
  buffers->input_count -= input.pos;
  buffers->output += output.pos;
  buffers->output_count -= output.pos;
  if (ZSTD_isError(result)) return ASYNCIO_CODING_FAILED;
  if (flush == ASYNCIO_CODING_FINISH && result == 0) return ASYNCIO_CODING_ENDED;
  if (buffers->output_count == 0 || (flush != ASYNCIO_CODING_GO_ON && result > 0)) return ASYNCIO_CODING_HAS_MORE;
  return ASYNCIO_CODING_NEEDS_INPUT;
}

enum asyncio_coding_step asyncio_encoder_step(struct asyncio_encoder *encoder, struct asyncio_coding_buffers *buffers,
                                              enum asyncio_coding_flush flush) {
  switch (encoder->coding) {
  case ASYNCIO_CODING_GZIP:
  case ASYNCIO_CODING_DEFLATE:
    return deflate_step(&encoder->zlib, buffers, flush);
  case ASYNCIO_CODING_BROTLI:
    return brotli_step(encoder->brotli, buffers, flush);
  case ASYNCIO_CODING_ZSTD:
    return zstd_step(encoder->zstd, buffers, flush);
  }
}
