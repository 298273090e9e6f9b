//! The picture of those who have not set one: a pattern of their number, the same every time.
//!
//! A PNG rather than an SVG: clients that show pictures from bytes all read PNG.

use bytes::Bytes;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use koine_model::AccountId;
use sha2::{Digest, Sha256};
use std::io::Write;

/// Cells on a side.
const CELLS: usize = 5;
/// Pixels on the side of a cell.
const CELL: usize = 16;
/// Pixels of border.
const BORDER: usize = 8;
/// Pixels on a side.
const SIDE: usize = CELLS * CELL + 2 * BORDER;

/// The PNG for an account, 96 × 96 pixels, about 120 bytes.
pub fn png(account: AccountId) -> Bytes {
    let digest = Sha256::digest(account.number().to_be_bytes());
    let mut pixels = vec![0_u8; SIDE * SIDE / 8];
    for y in 0..SIDE {
        for x in 0..SIDE {
            if is_filled(&digest, x, y)
                && let Some(byte) = pixels.get_mut((y * SIDE + x) / 8)
            {
                *byte |= 0x80 >> (x % 8);
            }
        }
    }
    encode(&pixels, colour(&digest)).map_or_else(|_| Bytes::new(), Bytes::from)
}

fn is_filled(digest: &[u8], x: usize, y: usize) -> bool {
    let cell = |position: usize| {
        position.checked_sub(BORDER).map(|inside| inside / CELL).filter(|cell| *cell < CELLS)
    };
    let (Some(column), Some(row)) = (cell(x), cell(y)) else { return false };
    // The right half mirrors the left.
    let column = column.min(CELLS - 1 - column);
    digest.get(row * CELLS.div_ceil(2) + column).is_some_and(|byte| byte & 1 == 1)
}

/// A colour of medium lightness: one channel high, one low, one anywhere between.
fn colour(digest: &[u8]) -> [u8; 3] {
    let [turn, shade, ..] = *digest.last_chunk::<4>().unwrap_or(&[0; 4]);
    let middle = 56 + shade / 2;
    match turn % 6 {
        0 => [200, middle, 56],
        1 => [middle, 176, 56],
        2 => [56, 176, middle],
        3 => [56, middle, 208],
        4 => [middle, 56, 208],
        _ => [200, 56, middle],
    }
}

fn encode(pixels: &[u8], [red, green, blue]: [u8; 3]) -> Result<Vec<u8>, png::EncodingError> {
    let side = u32::try_from(SIDE).unwrap_or(0);
    let mut file = Vec::with_capacity(512);
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_palette(vec![240, 240, 240, red, green, blue]);
    let mut writer = encoder.write_header()?;
    // The rows in one piece, none of them filtered: the crate hands them over row by row, and its compressor clears 64 KiB for each piece that it is given, two of them a row.
    let mut rows = ZlibEncoder::new(Vec::with_capacity(256), Compression::default());
    rows.write_all(&pixels.chunks(SIDE / 8).map(|row| [&[0], row].concat()).collect::<Vec<_>>().concat())?;
    writer.write_chunk(png::chunk::IDAT, &rows.finish()?)?;
    writer.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_the_same_every_time_and_differs_between_people() {
        let id = |number| AccountId::new(number).unwrap();
        assert_eq!(png(id(1_000_000_001)), png(id(1_000_000_001)));
        assert_ne!(png(id(1_000_000_001)), png(id(1_000_000_002)));
    }

    #[test]
    fn it_is_a_small_png_that_decodes() {
        let file = png(AccountId::FIRST);
        assert!(file.len() < 200, "{} bytes", file.len());
        let mut reader = png::Decoder::new(std::io::Cursor::new(&file[..])).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((frame.width, frame.height), (96, 96));
        assert!(pixels.iter().any(|byte| *byte != 0), "an empty picture tells nobody apart");
    }
}
