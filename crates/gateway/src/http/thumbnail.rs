//! Small pictures of pictures, upright, for lists of messages.
//!
//! Made when asked for, beside the network's threads and few at a time, and kept in memory while many ask: what a group sees at once
//! is made once. Browsers keep them for ever, so nothing is written to the disk.

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, ImageResult, Limits};
use koine_model::media::Blob;
use std::collections::{HashMap, VecDeque};
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// The longer side, in pixels.
const SIDE: u32 = 480;
/// The most pixels of a picture that is looked at: 160 MB of them.
const MOST_PIXELS: u64 = 40_000_000;
/// Pictures with more than this are made one at a time.
const MANY_PIXELS: u64 = 8_000_000;
/// What decoding may allocate, in bytes.
const MOST_BYTES: u64 = 256 << 20;
/// How many are made at the same time.
const AT_ONCE: usize = 2;
/// What is kept in memory, in bytes.
const KEPT: usize = 16 << 20;
const QUALITY: u8 = 80;

/// Makes thumbnails.
pub(super) struct Thumbnails {
    permits: Arc<Semaphore>,
    /// Taken beside a permit for a large picture.
    large: Arc<Semaphore>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    made: HashMap<Blob, Option<Thumbnail>>,
    order: VecDeque<Blob>,
    bytes: usize,
}

/// A small picture.
#[derive(Clone, Debug)]
pub(super) struct Thumbnail {
    pub(super) mime: &'static str,
    pub(super) bytes: Bytes,
}

impl Default for Thumbnails {
    fn default() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            large: Arc::new(Semaphore::new(1)),
            kept: Mutex::default(),
        }
    }
}

impl Thumbnails {
    /// The thumbnail that was made of `blob` before; `Some(None)` where none can be made.
    pub(super) fn find(&self, blob: &Blob) -> Option<Option<Thumbnail>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).made.get(blob).cloned()
    }

    /// Makes the thumbnail of a picture's bytes; `None` where they are no picture that can be shown.
    pub(super) async fn make<E>(
        &self,
        blob: Blob,
        read: impl Future<Output = Result<Option<Bytes>, E>>,
    ) -> Result<Option<Thumbnail>, E> {
        let Ok(first) = self.permits.clone().acquire_owned().await else { return Ok(None) };
        // Whoever waited may find it made by whoever was before.
        if let Some(made) = self.find(&blob) {
            return Ok(made);
        }
        let Some(bytes) = read.await? else { return Ok(None) };
        let Some(pixels) = pixels(&bytes) else {
            self.keep(blob, None);
            return Ok(None);
        };
        let second = if pixels > MANY_PIXELS { self.large.clone().acquire_owned().await.ok() } else { None };
        if let Some(made) = self.find(&blob) {
            return Ok(made);
        }
        // The permits go along and come back: they are held until the thumbnail is kept, or until nobody waits for it any more.
        let working = tokio::task::spawn_blocking(move || (shrink(&bytes), first, second));
        // A picture that its decoder panics over is none.
        let (made, _permits) = match working.await {
            Ok((made, first, second)) => (made.ok(), Some((first, second))),
            Err(_) => (None, None),
        };
        self.keep(blob, made.clone());
        Ok(made)
    }

    fn keep(&self, blob: Blob, made: Option<Thumbnail>) {
        let weight =
            |made: &Option<Thumbnail>| made.as_ref().map_or(0, |made| made.bytes.len()).saturating_add(200);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let added = weight(&made);
        if kept.made.insert(blob, made).is_none() {
            kept.order.push_back(blob);
            kept.bytes = kept.bytes.saturating_add(added);
        }
        while kept.bytes > KEPT
            && let Some(oldest) = kept.order.pop_front()
        {
            let gone = kept.made.remove(&oldest).map_or(0, |gone| weight(&gone));
            kept.bytes = kept.bytes.saturating_sub(gone);
        }
    }
}

/// How many pixels a picture says that it has, where they are not too many.
fn pixels(bytes: &[u8]) -> Option<u64> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let (width, height) = reader.into_dimensions().ok()?;
    let pixels = u64::from(width).checked_mul(u64::from(height))?;
    (pixels > 0 && pixels <= MOST_PIXELS).then_some(pixels)
}

fn shrink(bytes: &[u8]) -> ImageResult<Thumbnail> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    // The picture itself, which only `ImageReader::decode` would count.
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    let orientation = decoder.orientation()?;
    let whole = DynamicImage::from_decoder(decoder)?;
    let mut small =
        if whole.width() > SIDE || whole.height() > SIDE { whole.thumbnail(SIDE, SIDE) } else { whole };
    small.apply_orientation(orientation);
    let mut encoded = Vec::new();
    let mime = if small.color().has_alpha() {
        small.to_rgba8().write_to(&mut Cursor::new(&mut encoded), ImageFormat::Png)?;
        "image/png"
    } else {
        small.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut encoded, QUALITY))?;
        "image/jpeg"
    };
    Ok(Thumbnail { mime, bytes: encoded.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.into().write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    fn decoded(thumbnail: &Thumbnail) -> DynamicImage {
        image::load_from_memory(&thumbnail.bytes).unwrap()
    }

    async fn make(thumbnails: &Thumbnails, number: u8, bytes: Vec<u8>) -> Option<Thumbnail> {
        let blob = Blob { hash: [number; 32], size: 1 };
        thumbnails.make(blob, async { Ok::<_, ()>(Some(bytes.into())) }).await.unwrap()
    }

    #[tokio::test]
    async fn pictures_become_small() {
        let thumbnails = Thumbnails::default();
        let photo = RgbImage::from_pixel(1200, 600, Rgb([200, 10, 10]));
        for (number, format) in
            [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP].into_iter().enumerate()
        {
            let bytes = encoded(photo.clone(), format);
            let made = make(&thumbnails, u8::try_from(number).unwrap(), bytes).await.unwrap();
            assert_eq!(made.mime, "image/jpeg");
            let small = decoded(&made);
            assert_eq!((small.width(), small.height()), (480, 240), "{format:?}");
        }
        let clear = RgbaImage::from_pixel(20, 10, Rgba([1, 2, 3, 100]));
        let made = make(&thumbnails, 10, encoded(clear, ImageFormat::Png)).await.unwrap();
        assert_eq!(made.mime, "image/png");
        assert_eq!((decoded(&made).width(), decoded(&made).height()), (20, 10));
    }

    #[tokio::test]
    async fn what_is_no_picture_has_none_and_neither_has_a_bomb() {
        let thumbnails = Thumbnails::default();
        assert!(make(&thumbnails, 1, b"<svg/>".to_vec()).await.is_none());
        assert!(make(&thumbnails, 2, Vec::new()).await.is_none());
        let mut cut = encoded(RgbImage::new(100, 100), ImageFormat::Png);
        cut.truncate(60);
        assert!(make(&thumbnails, 3, cut).await.is_none());
        // A GIF that says that it is 60,000 pixels in each direction.
        let mut bomb = b"GIF89a".to_vec();
        bomb.extend([0x60, 0xea, 0x60, 0xea, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x3b]);
        assert!(make(&thumbnails, 4, bomb).await.is_none());
    }

    #[tokio::test]
    async fn a_photo_is_turned_as_its_camera_was_held() {
        let thumbnails = Thumbnails::default();
        let mut picture = RgbImage::from_pixel(64, 32, Rgb([0, 0, 0]));
        for (x, _, pixel) in picture.enumerate_pixels_mut() {
            if x < 32 {
                *pixel = Rgb([255, 255, 255]);
            }
        }
        let jpeg = encoded(picture, ImageFormat::Jpeg);
        // The shortest EXIF there is: its only entry says "turn right by 90 degrees".
        let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let turned = [&jpeg[..2], &[0xff, 0xe1], &length, exif, &jpeg[2..]].concat();
        let small = decoded(&make(&thumbnails, 1, turned).await.unwrap()).to_rgb8();
        assert_eq!((small.width(), small.height()), (32, 64));
        assert!(small.get_pixel(16, 5)[0] > 200 && small.get_pixel(16, 60)[0] < 50);
    }

    #[tokio::test]
    async fn what_many_ask_for_is_made_once() {
        let thumbnails = Thumbnails::default();
        let blob = Blob { hash: [1; 32], size: 1 };
        let bytes: Bytes = encoded(RgbImage::new(3000, 3000), ImageFormat::Png).into();
        let reads = std::sync::atomic::AtomicUsize::new(0);
        let ask = || {
            let bytes = bytes.clone();
            let reads = &reads;
            thumbnails.make(blob, async move {
                reads.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                Ok::<_, ()>(Some(bytes))
            })
        };
        let made = tokio::join!(ask(), ask(), ask(), ask());
        assert!(made.0.unwrap().is_some() && made.3.unwrap().is_some());
        assert!(reads.into_inner() <= 2);
        let again = thumbnails.make(blob, async { Err("read again") }).await;
        assert!(again.unwrap().is_some());
    }
}
