//! The host's memory.

use hypervisor::Connection;
use xctl::document::{Document, Element};

use crate::command::Arguments;
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

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

pub(super) fn free_pages(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("all", "cellno")?;
    let cell: Option<i32> = arguments.number("cellno")?;
    let size: Option<u32> = arguments.kibibytes("pagesize")?;
    let connection = control.connection()?;
    if arguments.has("all") {
        let cells = cells(&connection)?;
        let mut sizes: Vec<u32> = match size {
            Some(size) => vec![size],
            None => cells.iter().flat_map(|cell| cell.pages.iter().copied()).collect(),
        };
        sizes.sort_unstable();
        sizes.dedup();
        for cell in cells {
            let counts = connection.free_pages(&sizes, cell.number)?;
            control.output.line(format_args!("Node {}:", cell.number));
            print_pages(control, &sizes, &counts);
            control.output.line("");
        }
        return Ok(());
    }
    let cell = cell.ok_or_else(|| Failure::said("missing cellno argument"))?;
    if cell < -1 {
        return Err(Failure::said("cell number must be non-negative integer or -1"));
    }
    let size = size.ok_or_else(|| Failure::said("missing pagesize argument"))?;
    let counts = connection.free_pages(&[size], cell)?;
    if counts.is_empty() {
        return Err(Failure::said(format!("Could not get count of free {size}KiB pages, no data returned")));
    }
    print_pages(control, &[size], &counts);
    Ok(())
}

fn print_pages(control: &Control, sizes: &[u32], counts: &[u64]) {
    for (size, count) in sizes.iter().zip(counts) {
        control.output.line(format_args!("{size}KiB: {}", count.cast_signed()));
    }
}

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
    let cell = arguments.number("cell")?.unwrap_or(-1);
    let connection = control.connection()?;
    let count = connection
        .memory_stats_count(cell)
        .attempted(|| "Unable to get number of memory stats".to_owned())?;
    let figures =
        connection.memory_stats(cell, count).attempted(|| "Unable to get memory stats".to_owned())?;
    for figure in figures {
        control.output.line(format_args!("{:<7}: {:20} KiB", figure.name, figure.value));
    }
    Ok(())
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
