//! The host's memory.

use hypervisor::{Bytes, Connection, Figure, KiB};
use xctl::document::{Document, Element};

use crate::command::{Answer, Arguments};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, field};

/// A NUMA cell as the host's capabilities have it.
struct Cell {
    number: i32,
    /// Sizes of pages in KiB.
    pages: Vec<u32>,
}

/// All NUMA cells.
fn cells(connection: &Connection) -> Result<Vec<Cell>, Failure> {
    let xml = connection.capabilities().attempted(|| "unable to get node capabilities".to_owned())?;
    let document = Document::parse(&xml).map_err(|_| Failure::said("unable to parse node capabilities"))?;
    let Some(cells) = document.find(document.root(), "host/topology/cells") else { return Ok(Vec::new()) };
    document.children_named(cells, "cell").map(|cell| read_cell(&document, cell)).collect()
}

fn read_cell(document: &Document, cell: Element) -> Result<Cell, Failure> {
    let number = document.attr(cell, "id").unwrap_or_default();
    let pages = document.children_named(cell, "pages").map(|pages| {
        let size = document.attr(pages, "size").unwrap_or_default();
        size.parse().map_err(|_| Failure::said(format!("unable to parse page size: {size}")))
    });
    Ok(Cell {
        number: number
            .parse()
            .map_err(|_| Failure::said(format!("unable to parse numa node id: {number}")))?,
        pages: pages.collect::<Result<_, Failure>>()?,
    })
}

pub(super) fn free(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("all", "cellno")?;
    let cell: Option<i32> = arguments.number("cellno")?;
    let connection = control.connection()?;
    if arguments.has("all") {
        let mut total = 0_u64;
        for cell in cells(&connection)? {
            let free = connection
                .cells_free_memory(cell.number, 1)
                .attempted(|| format!("failed to get free memory for NUMA node number: {}", cell.number))?;
            let free = free.first().map_or(0, |free| free.0);
            control.output.line(format_args!("{:5}: {free:10} KiB", cell.number));
            total = total.saturating_add(free);
        }
        control.output.line("-".repeat(20));
        control.output.line(format_args!("{:>5}: {total:10} KiB", "Total"));
        return Ok(());
    }
    let (name, free) = match cell {
        Some(cell) => (cell.to_string(), connection.cells_free_memory(cell, 1)?),
        None => ("Total".to_owned(), vec![connection.free_memory()?]),
    };
    match free.first() {
        Some(free) => {
            control.output.line(format_args!("{name}: {} KiB", free.0));
            Ok(())
        }
        None => Err(Failure::silent()),
    }
}

pub(super) const FREE: Answer = Answer::list(
    &[
        field::number("cell", "number of the NUMA cell; null for all together"),
        field::bytes("free", "how much is free"),
    ],
    |control, arguments| {
        arguments.exclusive("all", "cellno")?;
        let cell: Option<i32> = arguments.number("cellno")?;
        let connection = control.connection()?;
        let cells = match (arguments.has("all"), cell) {
            (true, _) => cells(&connection)?.iter().map(|cell| cell.number).collect(),
            (false, Some(cell)) => vec![cell],
            (false, None) => {
                return Ok(vec![Record::new().with("free", Bytes::from(connection.free_memory()?))]);
            }
        };
        let record = |cell: i32| -> Result<Record, Failure> {
            let free = connection
                .cells_free_memory(cell, 1)
                .attempted(|| format!("failed to get free memory for NUMA node number: {cell}"))?;
            Ok(Record::new().with("cell", cell).with("free", free.first().copied()))
        };
        cells.into_iter().map(record).collect()
    },
);

pub(super) fn free_pages(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("all", "cellno")?;
    let pages = asked_pages(control, arguments)?;
    let all = arguments.has("all");
    for of_cell in pages.chunk_by(|(cell, ..), (next, ..)| cell == next) {
        if let Some((cell, ..)) = of_cell.first().filter(|_| all) {
            control.output.line(format_args!("Node {cell}:"));
        }
        for (_, size, count) in of_cell {
            control.output.line(format_args!("{size}KiB: {}", count.cast_signed()));
        }
        if all {
            control.output.line("");
        }
    }
    Ok(())
}

/// The free pages that the options ask for: cell, size in KiB, number.
fn asked_pages(control: &mut Control, arguments: &Arguments) -> Result<Vec<(i32, u32, u64)>, Failure> {
    arguments.exclusive("all", "cellno")?;
    let cell: Option<i32> = arguments.number("cellno")?;
    let size: Option<u32> = arguments.kibibytes("pagesize")?;
    let connection = control.connection()?;
    let counted = |cell: i32, sizes: &[u32]| -> Result<Vec<_>, Failure> {
        let counts = connection.free_pages(sizes, cell)?;
        Ok(sizes.iter().zip(counts).map(|(size, count)| (cell, *size, count)).collect())
    };
    if arguments.has("all") {
        let cells = cells(&connection)?;
        let mut sizes: Vec<u32> = match size {
            Some(size) => vec![size],
            None => cells.iter().flat_map(|cell| cell.pages.iter().copied()).collect(),
        };
        sizes.sort_unstable();
        sizes.dedup();
        let counted = cells.iter().map(|cell| counted(cell.number, &sizes));
        return Ok(counted.collect::<Result<Vec<_>, _>>()?.concat());
    }
    let cell = cell.ok_or_else(|| Failure::said("missing cellno argument"))?;
    if cell < -1 {
        return Err(Failure::said("cell number must be non-negative integer or -1"));
    }
    let size = size.ok_or_else(|| Failure::said("missing pagesize argument"))?;
    let counted = counted(cell, &[size])?;
    match counted.is_empty() {
        true => Err(Failure::said(format!("Could not get count of free {size}KiB pages, no data returned"))),
        false => Ok(counted),
    }
}

/// A cell of -1 stands for all of them, as in libvirt.
pub(super) const FREE_PAGES: Answer = Answer::list(
    &[
        field::number("cell", "number of the NUMA cell; null for all together"),
        field::bytes("page_size", "size of a page"),
        field::number("free", "how many are free"),
    ],
    |control, arguments| {
        let asked = asked_pages(control, arguments)?;
        let record = |(cell, size, count): (i32, u32, u64)| {
            Record::new()
                .with("cell", u32::try_from(cell).ok())
                .with("page_size", KiB(size.into()))
                .with("free", count)
        };
        Ok(asked.into_iter().map(record).collect())
    },
);

pub(super) fn allocate(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("all", "cellno")?;
    let cell: Option<i32> = arguments.number("cellno")?;
    let size: u32 = arguments.kibibytes("pagesize")?.unwrap_or_default();
    let count: u64 = arguments.number("pagecount")?.unwrap_or_default();
    let connection = control.connection()?;
    let (first, cells) = match arguments.has("all") {
        true => (0, u32::try_from(cells(&connection)?.len()).unwrap_or(u32::MAX)),
        false => (cell.unwrap_or(-1), 1),
    };
    Ok(connection.allocate_pages(size, count, first, cells, arguments.has("add"))?)
}

pub(super) fn stats(control: &mut Control, arguments: &Arguments) -> Outcome {
    for figure in figures(control, arguments)? {
        control.output.line(format_args!("{:<7}: {:20} KiB", figure.name, figure.value));
    }
    Ok(())
}

pub(super) const STATS: Answer = Answer::facts(
    &[
        field::bytes("total", "all memory"),
        field::bytes("free", "memory that is not used"),
        field::bytes("buffers", "memory that holds what file systems know of disks"),
        field::bytes("cached", "memory that holds contents of files"),
    ],
    |control, arguments| {
        let mut record = Record::new();
        figures(control, arguments)?
            .into_iter()
            .for_each(|figure| record.set(figure.name, KiB(figure.value)));
        Ok(record)
    },
)
.and_more("what the hypervisor adds, in bytes");

fn figures(control: &mut Control, arguments: &Arguments) -> Result<Vec<Figure>, Failure> {
    let cell = arguments.number("cell")?.unwrap_or(-1);
    let connection = control.connection()?;
    let count = connection
        .memory_stats_count(cell)
        .attempted(|| "Unable to get number of memory stats".to_owned())?;
    connection.memory_stats(cell, count).attempted(|| "Unable to get memory stats".to_owned())
}

pub(super) fn tune(control: &mut Control, arguments: &Arguments) -> Outcome {
    const PARAMETERS: [(&str, &str); 3] = [
        ("shm-pages-to-scan", "shm_pages_to_scan"),
        ("shm-sleep-millisecs", "shm_sleep_millisecs"),
        ("shm-merge-across-nodes", "shm_merge_across_nodes"),
    ];
    let mut wanted = Vec::new();
    for (option, name) in PARAMETERS {
        if let Some(value) = arguments.number::<u32>(option)? {
            wanted.push((name, value));
        }
    }
    let connection = control.connection()?;
    if !wanted.is_empty() {
        return connection
            .set_memory_parameters(&wanted)
            .attempted(|| "Unable to change memory parameters".to_owned());
    }
    let parameters = connection
        .memory_parameters()
        .attempted(|| "Unable to get number of memory parameters".to_owned())?;
    if !parameters.is_empty() {
        control.output.line("Shared memory:");
    }
    for parameter in parameters {
        control.output.line(format_args!("\t{:<15} {}", parameter.name, parameter.value));
    }
    Ok(())
}

pub(super) const TUNING: Answer = Answer::facts(
    &[
        field::number("shm_pages_to_scan", "pages that are looked at before the next sleep"),
        field::measured("shm_sleep_millisecs", "ms", "how long each sleep is"),
        field::number("shm_pages_shared", "pages that are shared"),
        field::number("shm_pages_sharing", "places that share them"),
        field::number("shm_pages_unshared", "pages that are alone"),
        field::number("shm_pages_volatile", "pages that change too fast"),
        field::number("shm_full_scans", "how often all were looked at"),
        field::number("shm_merge_across_nodes", "whether pages of different NUMA cells are shared: 0 or 1"),
    ],
    |control, _| {
        let parameters = control.connection()?.memory_parameters();
        let parameters = parameters.attempted(|| "Unable to get number of memory parameters".to_owned())?;
        Ok(parameters.into_iter().collect())
    },
)
.and_more("what the host adds, under libvirt's names")
.unless(&["shm-pages-to-scan", "shm-sleep-millisecs", "shm-merge-across-nodes"]);
