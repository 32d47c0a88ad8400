//! Builds the editor in `web/` and packs it into the binary.
//!
//! npm and Vite build into `OUT_DIR`, so that the source tree stays as it was. Where
//! there is no `web/src`, `web/dist` is used as it is (a packaged crate, a Docker
//! stage). Without Node the server is built all the same: a page says
//! what is missing, and so does a cargo warning. `SKIP_WEB_BUILD=1` asks for that.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, process};

/// What the editor is made of. Never all of `web/`: it holds `node_modules`.
const INPUTS: &[&str] = &[
    "src",
    "bundle",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
    "dist",
];

/// What compression makes smaller.
const TEXT: &[&str] = &["js", "css", "html", "svg", "json", "webmanifest", "txt"];

fn main() {
    if let Err(error) = pack() {
        println!("cargo:error=the editor could not be packed: {error}");
        process::exit(1);
    }
}

fn pack() -> io::Result<()> {
    let web = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("web");
    let out = PathBuf::from(variable("OUT_DIR")?);
    for input in INPUTS {
        // A missing input is watched by its folder's other inputs; naming it
        // here would rebuild every time.
        if web.join(input).exists() {
            println!("cargo:rerun-if-changed=web/{input}");
        }
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=SKIP_WEB_BUILD");
    let dist = editor(&web, &out)?;
    let mut files = Vec::new();
    collect(&dist, &mut files)?;
    files.sort();
    let packed = out.join("packed");
    fs::create_dir_all(&packed)?;
    let mut table = String::from("&[\n");
    for (number, file) in files.iter().enumerate() {
        let path = file.strip_prefix(&dist).map_err(io::Error::other)?;
        let path = path.to_string_lossy().replace('\\', "/");
        let bytes = fs::read(file)?;
        let extension = file.extension().and_then(|extension| extension.to_str());
        let (gzip, brotli) = match extension {
            Some(extension) if TEXT.contains(&extension) => {
                let gzip = packed.join(format!("{number}.gz"));
                let brotli = packed.join(format!("{number}.br"));
                fs::write(&gzip, gzipped(&bytes)?)?;
                fs::write(&brotli, brotlied(&bytes)?)?;
                (included(&gzip), included(&brotli))
            }
            _ => ("None".to_owned(), "None".to_owned()),
        };
        let _ = writeln!(
            table,
            "    Asset {{ path: {:?}, raw: include_bytes!({file:?}), gzip: {gzip}, \
             brotli: {brotli} }},",
            format!("/{path}")
        );
    }
    table.push(']');
    fs::write(out.join("assets.rs"), table)
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(|error| io::Error::other(format!("{name}: {error}")))
}

fn included(path: &Path) -> String {
    format!("Some(include_bytes!({path:?}))")
}

/// Where the built editor is.
fn editor(web: &Path, out: &Path) -> io::Result<PathBuf> {
    // A packaged crate and a Docker stage bring the built editor and no sources.
    // Beside its sources a `dist` is somebody's experiment, and soon an old one.
    if !web.join("src").exists() && web.join("dist/index.html").exists() {
        return Ok(web.join("dist"));
    }
    let dist = out.join("dist");
    let skipped = env::var_os("SKIP_WEB_BUILD").is_some_and(|value| value != "0");
    let missing = if skipped {
        Some("SKIP_WEB_BUILD is set")
    } else if !web.join("package.json").exists() {
        Some("web/package.json is missing")
    } else if npm(web, &["--version"]).is_err() {
        Some("npm was not found; install Node.js 20.19 or newer and build again")
    } else {
        None
    };
    if let Some(missing) = missing {
        println!("cargo:warning=built without the web editor: {missing}");
        if dist.exists() {
            fs::remove_dir_all(&dist)?;
        }
        return Ok(dist);
    }
    // A second cargo with another target folder must not run npm in the same
    // `node_modules` at the same time.
    let lock = File::create(web.join(".build.lock"))?;
    lock.lock()?;
    install(web)?;
    let target = dist.to_string_lossy();
    let build = [
        "run",
        "build",
        "--silent",
        "--",
        "--outDir",
        &target,
        "--emptyOutDir",
    ];
    npm(web, &[&build[..], &["--logLevel", "warn"]].concat())?;
    Ok(dist)
}

/// Installs the editor's packages, unless they are as the lock file wants them.
fn install(web: &Path) -> io::Result<()> {
    let modified = |path: &str| fs::metadata(web.join(path)).and_then(|data| data.modified());
    let installed = modified("node_modules/.package-lock.json");
    if matches!((installed, modified("package-lock.json")), (Ok(have), Ok(want)) if have >= want) {
        return Ok(());
    }
    npm(web, &["ci", "--no-audit", "--no-fund", "--loglevel=error"])
}

fn npm(folder: &Path, arguments: &[&str]) -> io::Result<()> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    io::stderr().write_all(&output.stdout)?;
    io::stderr().write_all(&output.stderr)?;
    Err(io::Error::other(format!(
        "npm {} failed, see above",
        arguments.join(" ")
    )))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn gzipped(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn brotlied(mut bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 9,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut bytes, &mut packed, &parameters)?;
    Ok(packed)
}
