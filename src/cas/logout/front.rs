//! The front-channel form of a logout message: base64 of a zlib stream (RFC 1950).
//!
//! The stream is stored, not compressed: every inflater reads it, a message is half a kilobyte, and no library is
//! needed. Clients give up on what inflates to more than ten times its size, which this cannot.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A window of 32 KiB and no dictionary, with the check bits that make it a multiple of 31.
const ZLIB_HEADER: [u8; 2] = [0x78, 0x01];

/// What one stored block can hold, in bytes.
const BLOCK: usize = 0xffff;

/// Encodes a message.
pub(super) fn encode(document: &str) -> String {
    STANDARD.encode(zlib(document.as_bytes()))
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 16);
    out.extend(ZLIB_HEADER);
    let mut blocks = bytes.chunks(BLOCK).peekable();
    while let Some(block) = blocks.next() {
        // Deflate (RFC 1951 §3.2.4): the last-block bit, then the length and its complement.
        out.push(u8::from(blocks.peek().is_none()));
        let length = u16::try_from(block.len()).expect("a chunk is no longer than a block");
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    out.extend(adler32(bytes).to_be_bytes());
    out
}

fn adler32(bytes: &[u8]) -> u32 {
    let (low, high) = bytes.iter().fold((1_u32, 0_u32), |(low, high), &byte| {
        let low = (low + u32::from(byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_stream_has_the_bytes_that_zlib_itself_writes_at_level_0() {
        // python3 -c "import zlib; print(zlib.compress(b'hello', 0).hex())"
        assert_eq!(hex::encode(zlib(b"hello")), "7801010500faff68656c6c6f062c0215");
        assert_eq!(encode("hello"), "eAEBBQD6/2hlbGxvBiwCFQ==");
    }

    #[test]
    fn a_long_text_takes_several_blocks() {
        let out = zlib(&vec![b'x'; BLOCK + 1]);

        assert_eq!(out.len(), 2 + 5 + BLOCK + 5 + 1 + 4);
        assert_eq!((out[2], out[2 + 5 + BLOCK]), (0, 1));
    }
}
