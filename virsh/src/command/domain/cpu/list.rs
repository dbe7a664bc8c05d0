//! Lists of the host's processors: `0-3,^2,6` on the command line, a bit each in libvirt's maps.

use std::collections::BTreeSet;

use crate::failure::Failure;

/// No host has more processors.
const MOST: u32 = 1 << 16;

/// Which processors of a map are set, in ranges: `0-2,5`.
pub(super) fn written(map: &[u8]) -> String {
    let set = |cpu: usize| map.get(cpu / 8).is_some_and(|byte| byte >> (cpu % 8) & 1 == 1);
    let mut ranges = Vec::new();
    let mut cpu = 0;
    while cpu < map.len() * 8 {
        let start = cpu;
        while set(cpu) {
            cpu += 1;
        }
        match cpu - start {
            0 => {}
            1 => ranges.push(start.to_string()),
            _ => ranges.push(format!("{start}-{}", cpu - 1)),
        }
        cpu += 1;
    }
    ranges.join(",")
}

/// Which processors of a map are set, by number.
pub(super) fn set(map: &[u8]) -> Vec<usize> {
    (0..map.len() * 8).filter(|cpu| map.get(cpu / 8).is_some_and(|byte| byte >> (cpu % 8) & 1 == 1)).collect()
}

/// A letter for each of the host's processors, `y` where it is set.
pub(super) fn letters(map: &[u8], cpus: u32) -> String {
    let set = |cpu: usize| map.get(cpu / 8).is_some_and(|byte| byte >> (cpu % 8) & 1 == 1);
    (0..cpus as usize).map(|cpu| if set(cpu) { 'y' } else { '-' }).collect()
}

/// The map for a list; `r` means all processors of the host.
pub(super) fn read(text: &str, cpus: u32) -> Result<Vec<u8>, Failure> {
    let set = match text {
        "r" => (0..cpus).collect(),
        list => numbers(list)
            .filter(|set| !set.is_empty())
            .ok_or_else(|| Failure::said(format!("Invalid cpulist '{text}'")))?,
    };
    let last = set.last().copied().unwrap_or_default();
    if last >= cpus {
        return Err(Failure::said(format!("CPU {last} in cpulist '{text}' exceed the maxcpu {cpus}")));
    }
    let mut map = vec![0_u8; cpus.div_ceil(8) as usize];
    for cpu in set {
        if let Some(byte) = map.get_mut(cpu as usize / 8) {
            *byte |= 1 << (cpu % 8);
        }
    }
    Ok(map)
}

fn numbers(list: &str) -> Option<BTreeSet<u32>> {
    let number = |text: &str| text.trim().parse::<u32>().ok().filter(|number| *number < MOST);
    let mut set = BTreeSet::new();
    for part in list.split(',') {
        if let Some(out) = part.trim_start().strip_prefix('^') {
            set.remove(&number(out)?);
        } else if let Some((first, last)) = part.split_once('-') {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            set.extend(first..=last);
        } else {
            set.insert(number(part)?);
        }
    }
    Some(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_written() {
        for (text, same) in [("0", "0"), ("0-3,^1", "0,2-3"), ("r", "0-11"), ("3,2,1", "1-3"), ("11", "11")] {
            assert_eq!(written(&read(text, 12).unwrap()), same);
        }
        for wrong in ["", "x", "3-1", "1,^1", "-1", "1-", "12", "99999999999", "0-4294967295"] {
            assert!(read(wrong, 12).is_err(), "{wrong}");
        }
        assert_eq!(letters(&read("0,9", 10).unwrap(), 10), "y--------y");
    }
}
