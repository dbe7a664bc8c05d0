//! Compressed clusters. What one unpacks to is never more than a cluster.

use std::io::Read;

use flate2::{Decompress, FlushDecompress};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use crate::limits;

/// How the clusters of an image are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    Deflate,
    Zstd,
}

impl Compression {
    /// Fills `cluster` from `packed`, which may go on with bytes that belong to others.
    pub(super) fn unpack(self, packed: &[u8], cluster: &mut [u8]) -> Result<(), String> {
        match self {
            Compression::Deflate => {
                let mut decoder = Decompress::new(false);
                decoder
                    .decompress(packed, cluster, FlushDecompress::Finish)
                    .map_err(|error| error.to_string())?;
                let count = decoder.total_out();
                if count < cluster.len() as u64 {
                    return Err(format!("it ends after {count} of {} bytes", cluster.len()));
                }
                Ok(())
            }
            Compression::Zstd => {
                let mut decoder = FrameDecoder::new();
                decoder.set_max_window_size(limits::QCOW2_CACHE);
                let mut stream =
                    StreamingDecoder::new_with_decoder(packed, decoder).map_err(|error| error.to_string())?;
                stream.read_exact(cluster).map_err(|error| error.to_string())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_of_a_zstd_frame_has_a_bound() {
        // One block of four bytes that are not packed; the number stands for the size of the window.
        let unpacked = |window: u8| {
            let frame = [&b"\x28\xb5\x2f\xfd\x00"[..], &[window], b"\x21\x00\x00text"].concat();
            let mut cluster = [0; 4];
            Compression::Zstd.unpack(&frame, &mut cluster).map(|()| cluster)
        };
        assert_eq!(unpacked(0x68).as_ref(), Ok(b"text"), "8 MiB");
        let error = unpacked(0x69).unwrap_err();
        assert!(error.contains(&limits::QCOW2_CACHE.to_string()), "{error}");
    }
}
