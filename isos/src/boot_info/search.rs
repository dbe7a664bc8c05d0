//! The search itself: descriptions first, then the table, then menus.

use std::cell::RefCell;

use super::distributions::{Arguments, Distribution, Layout, candidates, family_named_in};
use super::{Arch, BootInfo, BootKernel, Found, MenuPlace, Origin, Place, Query, Tree, TreeError};
use super::{kernel_header, own_loader};
use crate::boot_menu::{self, MenuEntry};
use crate::treeinfo::TreeInfo;
use crate::{Error, Identifiers, Image, limits};

/// Searches a tree and gives up at the first failure.
pub(super) fn strict(tree: &dyn Tree, query: &Query<'_>) -> Result<BootInfo, TreeError> {
    search(tree, query, BootInfo::default())
}

/// Searches an image; what cannot be read counts as absent and is listed as a problem.
pub(super) fn of_image(image: &Image, arch: Option<Arch>) -> BootInfo {
    let tree = Tolerant { tree: image, problems: RefCell::default() };
    let mut info = BootInfo::default();
    let identifiers = image.identifiers();
    if *identifiers != (Identifiers { volume_size: identifiers.volume_size, ..Identifiers::default() }) {
        let (name, offset) = image.described_by();
        let place = Place::Structure { name, offset };
        info.identification.volume = Some(Found { value: identifiers.clone(), place });
    }
    let query = Query { arch, first_only: false, label: image.label() };
    let mut info = search(&tree, &query, info).unwrap_or_else(|error| {
        tree.note(&error);
        BootInfo::default()
    });
    info.kernels.retain_mut(|kernel| match look_at(image, kernel) {
        Ok(()) => is_wanted(&query, kernel.arch),
        Err(error) => {
            tree.note(&error.into());
            false
        }
    });
    if info.identification.arch.is_none() {
        info.identification.arch = info.kernels.first().and_then(|kernel| kernel.arch);
    }
    if info.kernels.is_empty() {
        info.own_loader = own_loader::find(image).unwrap_or_else(|error| {
            tree.note(&error.into());
            None
        });
    }
    info.problems.extend(tree.problems.into_inner());
    info
}

/// Makes sure that the files are whole: a kernel may be listed in its directory while its data is cut off. What its
/// header says of the architecture is right, whatever a path or a label says.
fn look_at(image: &Image, kernel: &mut BootKernel) -> Result<(), Error> {
    let start = image.open_file(&kernel.kernel)?.read_start(kernel_header::BYTES)?;
    kernel.arch = kernel_header::arch(&start).or(kernel.arch);
    for initrd in &kernel.initrds {
        image.open_file(initrd)?;
    }
    Ok(())
}

/// A tree in which what cannot be read is absent, with a note.
struct Tolerant<'a> {
    tree: &'a Image,
    problems: RefCell<Vec<String>>,
}

impl Tolerant<'_> {
    fn note(&self, error: &TreeError) {
        let mut problem = error.to_string();
        if let Some(cause) = error.source() {
            problem = format!("{problem}: {cause}");
        }
        let mut problems = self.problems.borrow_mut();
        if !problems.contains(&problem) && problems.len() < limits::MENU_FILES {
            problems.push(problem);
        }
    }

    fn noted<T: Default>(&self, result: Result<T, TreeError>) -> Result<T, TreeError> {
        Ok(result.unwrap_or_else(|error| {
            self.note(&error);
            T::default()
        }))
    }
}

impl Tree for Tolerant<'_> {
    fn read(&self, path: &str, max: usize) -> Result<Option<Vec<u8>>, TreeError> {
        self.noted(self.tree.read(path, max))
    }

    fn exists(&self, path: &str) -> Result<bool, TreeError> {
        self.noted(self.tree.exists(path))
    }

    fn list(&self, path: &str) -> Result<Option<Vec<String>>, TreeError> {
        self.noted(self.tree.list(path))
    }
}

/// Where a tree describes itself.
const TREEINFO: [&str; 2] = [".treeinfo", "treeinfo"];
/// Where Debian's family describes a medium.
const DISK_INFO: &str = ".disk/info";

fn search(tree: &dyn Tree, query: &Query<'_>, mut info: BootInfo) -> Result<BootInfo, TreeError> {
    describe(tree, query, &mut info)?;
    // Reading menus over a network costs many round trips, so it is put off until they are needed.
    let mut menu = None;
    if !query.first_only {
        menu = Some(boot_menu::read(tree)?);
    }
    let entries = menu.as_deref().unwrap_or_default();
    from_treeinfo(tree, query, &mut info, entries)?;
    from_table(tree, query, &mut info, entries)?;
    if !query.first_only || info.kernels.is_empty() {
        let entries = match menu {
            Some(entries) => entries,
            None => boot_menu::read(tree)?,
        };
        from_menu(tree, query, &mut info, &entries)?;
    }
    Ok(info)
}

/// What the medium says of itself.
fn describe(tree: &dyn Tree, query: &Query<'_>, info: &mut BootInfo) -> Result<(), TreeError> {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let told = &mut info.identification;
    for path in TREEINFO {
        if info.treeinfo.is_none()
            && let Some(bytes) = tree.read(path, limits::TREEINFO_BYTES)?
        {
            let parsed = TreeInfo::parse(&text(bytes));
            told.tree = Some(Found::in_file(path, (&parsed).into()));
            info.treeinfo = Some(parsed);
        }
    }
    // A medium has one or the other, and each look at a remote tree costs a round trip.
    if info.treeinfo.is_none()
        && let Some(read) = tree.read(DISK_INFO, limits::TREEINFO_BYTES)?.map(text)
    {
        let line = read.lines().next().map(|line| line.trim().to_owned());
        told.description = line.map(|line| Found::in_file(DISK_INFO, line));
    }
    let treeinfo = info.treeinfo.as_ref();
    let description = told.description.as_ref().map(|found| found.value.as_str());
    let volume = told.volume.as_ref().map(|found| &found.value);
    let words = [
        treeinfo.and_then(TreeInfo::family),
        description,
        Some(query.label),
        volume.map(|volume| volume.application.as_str()),
        volume.map(|volume| volume.publisher.as_str()),
    ];
    info.family = words.into_iter().flatten().find_map(family_named_in);
    let named = [description, Some(query.label)].into_iter().flatten().find_map(Arch::named_in);
    told.arch = treeinfo.and_then(TreeInfo::arch).or(named);
    Ok(())
}

fn from_treeinfo(
    tree: &dyn Tree,
    query: &Query<'_>,
    info: &mut BootInfo,
    menu: &[MenuEntry],
) -> Result<(), TreeError> {
    let images = info.treeinfo.as_ref().map(TreeInfo::images).unwrap_or_default();
    let file = match &info.identification.tree {
        Some(Found { place: Place::File(path), .. }) => path.clone(),
        _ => String::new(),
    };
    for image in images {
        let initrds: Vec<String> = image.initrd.into_iter().collect();
        let arch = image.platform.parse().ok().or(info.identification.arch);
        if !is_wanted(query, arch) || !all_exist(tree, &image.kernel, &initrds)? {
            continue;
        }
        let row = candidates(info.family, None).find(|(_, layout)| layout.kernel == image.kernel);
        let told =
            row.map(|(_, layout)| arguments(layout, &image.kernel, query.label, menu)).unwrap_or_default();
        let origin = Origin::TreeInfo { file: file.clone(), section: format!("images-{}", image.platform) };
        add(
            info,
            BootKernel {
                kernel: image.kernel,
                initrds,
                arguments: told.0,
                arch,
                tree_argument: row.and_then(|(distribution, _)| distribution.tree_argument),
                origin,
            },
        );
        if query.first_only {
            break;
        }
    }
    Ok(())
}

fn from_table(
    tree: &dyn Tree,
    query: &Query<'_>,
    info: &mut BootInfo,
    menu: &[MenuEntry],
) -> Result<(), TreeError> {
    for (distribution, layout) in candidates(info.family, query.arch) {
        if query.first_only && !info.kernels.is_empty() {
            break;
        }
        let arch = layout.arch.or(info.identification.arch);
        if !is_wanted(query, arch) {
            continue;
        }
        for (kernel, initrd) in places(tree, layout)? {
            let initrds = vec![initrd];
            if all_exist(tree, &kernel, &initrds)? {
                found_by_row(distribution, layout, query, info, menu, (kernel, initrds), arch);
            }
        }
    }
    Ok(())
}

fn found_by_row(
    distribution: &Distribution,
    layout: &Layout,
    query: &Query<'_>,
    info: &mut BootInfo,
    menu: &[MenuEntry],
    (kernel, initrds): (String, Vec<String>),
    arch: Option<Arch>,
) {
    let (arguments, arguments_from) = arguments(layout, &kernel, query.label, menu);
    // A layout tells the family where no label does; the shared ones are told apart by the label only.
    if info.family.is_none() && distribution.told_by_layout && layout.kernel.contains('/') {
        info.family = Some(distribution.family);
    }
    let origin = Origin::Table { row: layout.name, arguments_from };
    let tree_argument = distribution.tree_argument;
    add(info, BootKernel { kernel, initrds, arguments, arch, tree_argument, origin });
}

/// The paths that a layout stands for in this tree.
fn places(tree: &dyn Tree, layout: &Layout) -> Result<Vec<(String, String)>, TreeError> {
    let Some((before, after)) = layout.kernel.split_once('*') else {
        return Ok(vec![(layout.kernel.to_owned(), layout.initrd.to_owned())]);
    };
    let (directory, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let mut runs: Vec<String> = tree
        .list(directory)?
        .unwrap_or_default()
        .iter()
        .filter_map(|name| Some(name.strip_prefix(prefix)?.strip_suffix(after)?.to_owned()))
        .take(limits::MENU_FILES)
        .collect();
    // The newest version first, roughly.
    runs.sort_by(|one, other| other.cmp(one));
    Ok(runs.iter().map(|run| (layout.kernel.replace('*', run), layout.initrd.replace('*', run))).collect())
}

fn from_menu(
    tree: &dyn Tree,
    query: &Query<'_>,
    info: &mut BootInfo,
    menu: &[MenuEntry],
) -> Result<(), TreeError> {
    let mut entries: Vec<&MenuEntry> = menu.iter().collect();
    entries.sort_by_key(|entry| entry.rank());
    for entry in entries {
        let arch = Arch::named_in(&entry.kernel).or(info.identification.arch);
        if entry.is_tool() || !is_wanted(query, arch) || !all_exist(tree, &entry.kernel, &entry.initrds)? {
            continue;
        }
        let family = info.family;
        let distribution = super::distributions::DISTRIBUTIONS.iter().find(|row| Some(row.family) == family);
        add(
            info,
            BootKernel {
                kernel: entry.kernel.clone(),
                initrds: entry.initrds.clone(),
                arguments: needed(&entry.arguments),
                arch,
                tree_argument: distribution.and_then(|row| row.tree_argument),
                origin: Origin::Menu(MenuPlace { file: entry.file.clone(), title: entry.title.clone() }),
            },
        );
        if query.first_only {
            break;
        }
    }
    Ok(())
}

/// A kernel of unknown architecture may be the wanted one.
fn is_wanted(query: &Query<'_>, arch: Option<Arch>) -> bool {
    query.arch.is_none() || arch.is_none() || query.arch == arch
}

fn all_exist(tree: &dyn Tree, kernel: &str, initrds: &[String]) -> Result<bool, TreeError> {
    if !tree.exists(kernel)? {
        return Ok(false);
    }
    for initrd in initrds {
        if !tree.exists(initrd)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn add(info: &mut BootInfo, kernel: BootKernel) {
    if !info.kernels.iter().any(|known| known.kernel == kernel.kernel && known.initrds == kernel.initrds) {
        info.kernels.push(kernel);
    }
}

/// What a row's kernel is told, and the menu entry that says so.
fn arguments(layout: &Layout, kernel: &str, label: &str, menu: &[MenuEntry]) -> (String, Option<MenuPlace>) {
    let otherwise = match layout.arguments {
        Arguments::None => return (String::new(), None),
        Arguments::Always(arguments) => return (arguments.to_owned(), None),
        Arguments::OfMenu(otherwise) => otherwise,
    };
    let own = menu.iter().filter(|entry| entry.kernel == kernel).min_by_key(|entry| entry.rank());
    if let Some(entry) = own {
        let place = MenuPlace { file: entry.file.clone(), title: entry.title.clone() };
        return (needed(&entry.arguments), Some(place));
    }
    // Blanks in a label are written as udev writes them.
    let label = label.replace(' ', "\\x20");
    let words = otherwise.split(' ').filter(|word| !label.is_empty() || !word.contains("{label}"));
    (words.map(|word| word.replace("{label}", &label)).collect::<Vec<_>>().join(" "), None)
}

/// Arguments that only choose how the boot looks on a screen, and would hide it from a serial console.
const LOOKS: &[&str] = &["quiet", "splash", "rhgb", "silent", "splash=silent", "splash=verbose", "nosplash"];

/// The arguments of a menu entry that matter to a machine: without those for looks, and without a separator that
/// then has nothing after it.
fn needed(arguments: &str) -> String {
    let mut words: Vec<&str> = arguments
        .split_whitespace()
        .filter(|word| !LOOKS.contains(word) && !word.starts_with("vga="))
        .collect();
    while words.last().is_some_and(|word| matches!(*word, "--" | "---")) {
        words.pop();
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::distributions::Family;
    use super::*;
    use crate::boot_menu::testing::Files;

    #[test]
    fn arguments_for_looks_are_left_out() {
        assert_eq!(needed("boot=casper uuid=1 quiet splash --"), "boot=casper uuid=1");
        assert_eq!(needed("vga=788 --- quiet"), "");
        assert_eq!(needed("a --- b"), "a --- b");
    }

    #[test]
    fn what_a_tree_says_of_itself_is_read_up_to_a_bound() {
        let told = |path, before: usize, text: &str| {
            let tree = Files(vec![(path, format!("{}{text}", "\n".repeat(before)))]);
            let mut info = BootInfo::default();
            describe(&tree, &Query::default(), &mut info).unwrap();
            info
        };
        let text = "[general]\nfamily=Fedora";
        let most = limits::TREEINFO_BYTES - text.len();
        let family = |before| told(".treeinfo", before, text).treeinfo.unwrap().family().map(str::to_owned);
        assert_eq!(family(most).as_deref(), Some("Fedora"));
        assert_eq!(family(most + 1).as_deref(), Some("Fedor"));
        let line = "x".repeat(limits::TREEINFO_BYTES);
        let description = told(DISK_INFO, 0, &(line.clone() + "y")).identification.description;
        assert_eq!(description.unwrap().value, line);
    }

    #[test]
    fn a_label_is_put_into_arguments_and_left_out_when_there_is_none() {
        let (_, row) = candidates(Some(Family::Arch), None).next().unwrap();
        assert_eq!(
            arguments(row, row.kernel, "ARCH 1", &[]).0,
            "archisobasedir=arch archisolabel=ARCH\\x201"
        );
        assert_eq!(arguments(row, row.kernel, "", &[]).0, "archisobasedir=arch");
    }
}
