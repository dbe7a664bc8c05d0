//! Packs the windows' descriptions and style into the program.

fn main() {
    glib_build_tools::compile_resources(
        &["src/ui"],
        "src/ui/resources.gresource.xml",
        "virt-manager.gresource",
    );
}
