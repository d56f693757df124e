/// BibTeX entries for this software, the paper that it examines and the lemma's own source; the commit that the program was
/// built from, where it is known.
#[must_use]
pub fn citation(commit: Option<&str>) -> String {
    let commit = commit.map_or_else(String::new, |commit| format!(",\n  note    = {{Commit {commit}}}"));
    format!(
        r"@software{{archscale,
  author  = {{{{The archscale authors}}}},
  title   = {{archscale: exact laws of architecture-aware initialisation and learning rates, verified}},
  version = {{{}}},
  year    = {{2026}}{commit}
}}

@inproceedings{{chen2024principled,
  author        = {{Chen, Wuyang and Wu, Junru and Wang, Zhangyang and Hanin, Boris}},
  title         = {{Principled Architecture-aware Scaling of Hyperparameters}},
  booktitle     = {{International Conference on Learning Representations}},
  year          = {{2024}},
  eprint        = {{2402.17440}},
  archiveprefix = {{arXiv}}
}}

@misc{{jelassi2023depth,
  author        = {{Jelassi, Samy and Hanin, Boris and Ji, Ziwei and Reddi, Sashank J. and Bhojanapalli, Srinadh and Kumar, Sanjiv}},
  title         = {{Depth Dependence of {{\textmu}}P Learning Rates in {{ReLU}} {{MLPs}}}},
  year          = {{2023}},
  eprint        = {{2305.07810}},
  archiveprefix = {{arXiv}}
}}
",
        env!("CARGO_PKG_VERSION")
    )
}
