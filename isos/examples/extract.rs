//! Copies files out of an image, or lists what it would boot: `extract IMAGE [PATH TARGET]…`

use std::fs::File;
use std::ops::ControlFlow;
use std::process::ExitCode;

use isos::{Image, boot_info};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            if let Some(cause) = error.source() {
                eprintln!("  {cause}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let Some((image, pairs)) = arguments.split_first() else {
        return Err("usage: extract IMAGE [PATH TARGET]…".into());
    };
    let image = Image::open(image)?;
    if pairs.is_empty() {
        show(&image);
    }
    for pair in pairs.chunks(2) {
        let [path, target] = pair else { return Err("each path needs a target".into()) };
        let mut file = image.open_file(path)?;
        file.copy_to(&mut File::create(target)?, &mut |_| ControlFlow::Continue(()))?;
    }
    Ok(())
}

fn show(image: &Image) {
    let info = boot_info::boot_info(image);
    println!("label: {}", image.label());
    println!("family: {:?}  arch: {:?}", info.family, info.identification.arch);
    for kernel in &info.kernels {
        println!("{} + {:?} '{}' ({})", kernel.kernel, kernel.initrds, kernel.arguments, kernel.origin);
    }
    for problem in &info.problems {
        println!("problem: {problem}");
    }
}
