//! The `archscale` command line.
#![forbid(unsafe_code)]

mod cli;

// The simulator makes and drops many tensors of a few hundred KiB. With the system's allocator a third of a run's processor
// time went into giving those pages back and taking them again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
