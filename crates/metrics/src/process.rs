//! What the system knows of this process. Looked at when somebody reads the page, so that it costs nothing until then.

use crate::catalogue::{BUILD, OPEN_FILES, RESIDENT_BYTES};

/// The size of a page of memory, as `/proc/self/status` counts in.
const KIB: u64 = 1 << 10;

/// Looks. What the system does not tell stays as it was.
pub(crate) fn look() {
    BUILD.of([env!("CARGO_PKG_VERSION")]).set(1);
    if let Some(bytes) = std::fs::read_to_string("/proc/self/status").ok().as_deref().and_then(resident_bytes)
    {
        RESIDENT_BYTES.set(bytes);
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        // One of them is the folder that is being read.
        let open = files.count().saturating_sub(1);
        OPEN_FILES.set(u64::try_from(open).unwrap_or(u64::MAX));
    }
}

fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib.saturating_mul(KIB))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resident_memory_is_found() {
        assert_eq!(resident_bytes("Name:\tkoine\nVmRSS:\t   12345 kB\nThreads:\t4\n"), Some(12_345 << 10));
        assert_eq!(resident_bytes("Name:\tkoine\n"), None);
    }

    #[test]
    fn this_process_has_memory_and_files() {
        look();
        assert!(RESIDENT_BYTES.value() > 1 << 20, "{}", RESIDENT_BYTES.value());
        assert!(OPEN_FILES.value() >= 3, "{}", OPEN_FILES.value());
    }
}
