#!/bin/sh
# Compares the theorems of this folder with theorems.txt (file.name, claim id, Rust path; one a line), and what Coq says each of
# them rests on with assumptions.txt.
set -eu
export LC_ALL=C
fail() { echo "proofs: $1" >&2; exit 1; }

# 1. Nothing is postulated or left open.
if grep -nE '\b(Admitted|admit|Axioms?|Parameters?|Conjecture|Abort)\b|give_up' ./*.v; then
    fail "a proof is open or an axiom is declared in the lines above"
fi

# 2. The list and the files name the same theorems; each header names its claim and its Rust item.
mkdir -p build
grep -HE '^Theorem ' ./*.v | sed -E 's|^\./([^:]*)\.v:Theorem ([A-Za-z0-9_]+).*|\1.\2|' | sort > build/stated
cut -d' ' -f1 theorems.txt | sort > build/listed
diff build/listed build/stated || fail "theorems.txt (<) and the theorems stated in the files (>) differ"
while read -r name claim rust; do
    awk -v name="${name#*.}" -v claim="$claim" -v rust="$rust" '
        /^\(\*/ { header = "" }
        { header = header "\n" $0 }
        $1 == "Theorem" && $2 == name { found = index(header, "Claim: " claim) && index(header, "Paper: ") &&
            index(header, "Rust: " rust) ? 1 : 2; exit }
        /^(Qed|Proof)/ { header = "" }
        END { exit found == 1 ? 0 : 1 }' "${name%%.*}.v" || fail "the header of $name does not name $claim, its equation and $rust"
done < theorems.txt

# 3. What each theorem rests on.
{
    cut -d. -f1 theorems.txt | sort -u | sed 's/.*/From Archscale Require &./'
    while read -r name claim rust; do
        echo "Goal True. idtac \"theorem $name\". Abort."
        echo "Print Assumptions Archscale.$name."
    done < theorems.txt
} > build/Assumptions.v
(cd build && ${COQC:-coqc} -w none -R .. Archscale Assumptions.v) > build/output || fail "a listed theorem is missing"
awk '/^theorem / { if (line) print line; line = $2 ":"; next } { sub(/^ +/, ""); line = line " " $0 } END { print line }' \
    build/output | sort > build/assumptions
diff assumptions.txt build/assumptions || fail "theorems rest on something else (>) than assumptions.txt allows (<)"
echo "proofs: $(wc -l < theorems.txt) theorems, every one of them as assumptions.txt allows"
