//! A screen that nobody sees: an X server in memory, with keys to press and pixels to look at.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::PATIENCE;
use crate::user::{Running, User};

/// A user's screen; it goes dark when dropped.
pub struct Screen<'u> {
    user: &'u User,
    server: Child,
    display: String,
    pixels: PathBuf,
}

/// One look at the screen: width and the pixels from the top left, red, green and blue.
pub struct Look {
    width: usize,
    pixels: Vec<[u8; 3]>,
}

impl<'u> Screen<'u> {
    /// Starts a screen of 1000 by 800 pixels.
    pub fn new(user: &'u User) -> Result<Screen<'u>> {
        let directory = user.directory("screen")?;
        let mut server = user
            .command("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1000x800x24", "-nolisten", "tcp", "-fbdir"])
            .arg(&directory)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("Xvfb")?;
        // The server chooses a display that is free, and says which once it is ready.
        let mut number = String::new();
        BufReader::new(server.stdout.take().context("stdout")?).read_line(&mut number)?;
        ensure!(!number.trim().is_empty(), "Xvfb ended before it was ready");
        let display = format!(":{}", number.trim());
        Ok(Screen { user, server, display, pixels: directory.join("Xvfb_screen0") })
    }

    /// Starts a program on the screen.
    pub fn start(&self, name: &str, line: &[&str]) -> Result<Running> {
        let display = format!("DISPLAY={}", self.display);
        let mut all = vec!["env", &display, "GSK_RENDERER=cairo", "GTK_A11Y=none"];
        all.extend(line);
        self.user.start(name, &all)
    }

    fn xdotool(&self, arguments: &[&str]) -> Result<String> {
        let display = format!("DISPLAY={}", self.display);
        let mut line = vec!["env", &display, "xdotool"];
        line.extend(arguments);
        Ok(self.user.run(&line)?.stdout)
    }

    /// The titles of all windows.
    pub fn titles(&self) -> Result<Vec<String>> {
        let windows = self.xdotool(&["search", "--onlyvisible", "--name", "."])?;
        windows
            .lines()
            .map(|window| Ok(self.xdotool(&["getwindowname", window])?.trim().to_owned()))
            .collect()
    }

    /// Waits until a window has exactly this title.
    pub fn shows(&self, title: &str) -> Result<()> {
        self.wait_for_titles(&format!("no window '{title}'"), |titles| {
            titles.iter().any(|found| found == title)
        })
    }

    /// Waits until no window has this title.
    pub fn hides(&self, title: &str) -> Result<()> {
        self.wait_for_titles(&format!("still '{title}'"), |titles| !titles.iter().any(|found| found == title))
    }

    fn wait_for_titles(&self, trouble: &str, is_so: impl Fn(&[String]) -> bool) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            let titles = self.titles()?;
            if is_so(&titles) {
                return Ok(());
            }
            ensure!(Instant::now() < end, "{trouble}: {titles:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Presses keys (`ctrl+s`, `Return`) in the window whose title begins so.
    pub fn press(&self, window: &str, keys: &[&str]) -> Result<()> {
        self.focus(window)?;
        for key in keys {
            self.xdotool(&["key", key])?;
            std::thread::sleep(Duration::from_millis(150));
        }
        Ok(())
    }

    /// Types text where the keyboard is.
    pub fn enter(&self, text: &str) -> Result<()> {
        self.xdotool(&["type", "--delay", "20", text]).map(drop)
    }

    fn focus(&self, window: &str) -> Result<()> {
        let pattern = format!("^{window}");
        let found = self.xdotool(&["search", "--onlyvisible", "--name", &pattern])?;
        let id = found.lines().next().with_context(|| format!("no window '{window}'"))?;
        self.xdotool(&["windowraise", id])?;
        self.xdotool(&["windowfocus", "--sync", id])?;
        Ok(())
    }

    /// Looks at the screen: the server keeps it in a file, as an X window dump of 32 bits a pixel.
    pub fn look(&self) -> Result<Look> {
        let mut dump = Vec::new();
        std::fs::File::open(&self.pixels)?.read_to_end(&mut dump)?;
        let field = |index: usize| -> Result<usize> {
            let bytes = dump.get(index * 4..index * 4 + 4).context("a short dump")?;
            Ok(u32::from_be_bytes(bytes.try_into()?) as usize)
        };
        let (header, width, line, colors) = (field(0)?, field(4)?, field(12)?, field(19)?);
        ensure!(line == width * 4, "a dump of other than 32 bits a pixel");
        let pixels = dump.get(header + colors * 12..).context("a dump without pixels")?;
        Ok(Look {
            width,
            pixels: pixels.chunks_exact(4).map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect(),
        })
    }

    /// Waits until a look at the screen is as it should be.
    pub fn looks(&self, what: &str, is_so: impl Fn(&Look) -> bool) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        while !is_so(&self.look()?) {
            ensure!(Instant::now() < end, "the screen never showed {what}");
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

impl Look {
    /// How many pixels of a rectangle pass.
    pub fn count(
        &self,
        left: usize,
        top: usize,
        width: usize,
        height: usize,
        is: fn([u8; 3]) -> bool,
    ) -> usize {
        let row = |y: usize| self.pixels.get(y * self.width + left..y * self.width + left + width);
        (top..top + height).filter_map(row).flatten().filter(|pixel| is(**pixel)).count()
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
