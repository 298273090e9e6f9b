//! Masking, which is its own inverse.

/// Removes `key` from `payload`, whose first byte meets the first byte of the key.
pub(super) fn unmask(payload: &mut [u8], key: [u8; 4]) {
    // Eight bytes at once, because byte by byte a long message costs more here than in the system call.
    let [a, b, c, d] = key;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = payload.as_chunks_mut();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}

/// The key as the byte after `consumed` more bytes meets it.
pub(super) fn advanced([a, b, c, d]: [u8; 4], consumed: usize) -> [u8; 4] {
    match consumed % 4 {
        1 => [b, c, d, a],
        2 => [c, d, a, b],
        3 => [d, a, b, c],
        _ => [a, b, c, d],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_single_bytes_agree_at_every_length_and_cut() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        for length in 0..40_u8 {
            let plain: Vec<u8> = (0..length).collect();
            let expected: Vec<u8> =
                plain.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
            for cut in 0..=plain.len() {
                let mut masked = plain.clone();
                let (front, back) = masked.split_at_mut(cut);
                unmask(front, key);
                unmask(back, advanced(key, cut));
                assert_eq!(masked, expected);
            }
        }
    }
}
