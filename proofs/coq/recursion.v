(* The papers' recursions for B, B~, C, C~ on chains: the corrected ones against the five tables, the printed ones refuted.

   x stands for 1/n; x = 0 is infinite width.  The sums are those of proofs/recursion-B.md and recursion-C.md over the ungated
   layer-l tangent kernel K: B = |K|^2/n^3, B~ = (tr K)^2/n^3, D = sum K_ii^2/n^3, C = |z|^2 tr K/n^3, C~ = z'Kz/n^3,
   E = sum z_i^2 K_ii/n^3, s = |h_l|^4/n^2 (the source of the step into layer l + 1), all in expectation. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag forward limit tables.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Recursion.
Variable R : numFieldType.

(* kT is B~/n, which stays finite as n grows. *)
Record sums := Sums { ks : R; kB : R; kT : R; kD : R; kC : R; kCt : R; kE : R }.

Definition sums_start : sums := Sums (1 / 4%:R) 0 0 0 0 0 0.

Definition corrected_step (x : R) (k : sums) : sums := Sums
  ((1 + 5%:R * x) * ks k)
  (ks k + kC k + (1 + x) * kB k + kT k + kE k + (1 + 2%:R * x) * kD k)
  (ks k + kC k + kT k + 2%:R * x ^+ 2 * kB k + kE k + (x + 2%:R * x ^+ 2) * kD k)
  (ks k + kC k + 2%:R * x * kB k + kT k + kE k + 3%:R * x * kD k)
  (2%:R * ks k + kC k + 2%:R * x * kCt k + (1 + 2%:R * x) * kE k)
  (2%:R * x * ks k + x * kC k + (1 + x) * kCt k + (1 + 2%:R * x) * kE k)
  (2%:R * x * ks k + x * kC k + 2%:R * x * kCt k + 3%:R * x * kE k).

(* The printed kernels, with sources b, t, c (times the growth of s) for B, B~/n and C.  No equation is printed for C~; it is
   read as the printed C kernel with 1/n of C's source.  As printed with |x|^2 = n, b = 16 x, t = 16, c = 2. *)
Definition printed_step (x b t c : R) (k : sums) : sums := Sums
  ((1 + 5%:R * x) * ks k)
  (b * ks k + kC k + (1 + x) * kB k + kT k)
  (t * ks k + kC k + kT k + 2%:R * x ^+ 2 * kB k)
  0
  (c * ks k + x * kC k + (1 + x) * kCt k)
  (x * (c * ks k) + x * kC k + (1 + x) * kCt k)
  0.

(* The corrected recursion without its D term. *)
Definition without_diagonal_step (x : R) (k : sums) : sums :=
  corrected_step x (Sums (ks k) (kB k) (kT k) 0 (kC k) (kCt k) (kE k)).

Definition corrected (x : R) (l : nat) : sums := iter l (corrected_step x) sums_start.

Section Width.
Variable n : R.
Hypothesis n0 : n != 0.

(* The sums of a layer from the five moments of the layer before; kernel_sums.v proves that they are. *)
Definition kernel_square (p : pair R) : R := ss p + 4%:R / n * st p + 4%:R / n ^+ 2 * tt p + 8%:R / n ^+ 2 * m p.
Definition kernel_row (p : pair R) : R := 2%:R / n * ss p + 4%:R / n ^+ 2 * (st p + 2%:R * q p).
Definition sums_of (p : pair R) : sums := Sums
  (lambda n * ss p / n ^+ 2)
  ((kernel_square p + (n - 1) * (4%:R / n ^+ 2 * m p)) / n ^+ 2)
  ((kernel_square p + (n - 1) * (ss p + 4%:R / n * st p + 4%:R / n ^+ 2 * tt p)) / n ^+ 3)
  (kernel_square p / n ^+ 2)
  ((kernel_row p + (n - 1) * (2%:R / n * ss p + 4%:R / n ^+ 2 * st p)) / n ^+ 2)
  ((kernel_row p + (n - 1) * (4%:R / n ^+ 2 * q p)) / n ^+ 2)
  (kernel_row p / n ^+ 2).

Lemma sums_of_step p : sums_of (pair_step n p) = corrected_step (1 / n) (sums_of p).
Proof.
rewrite /sums_of /corrected_step /pair_step /kernel_square /kernel_row /lambda /=.
by congr Sums; field.
Qed.

Lemma sums_of_start : sums_of (pair_start n) = corrected_step (1 / n) sums_start.
Proof.
rewrite /sums_of /corrected_step /pair_start /kernel_square /kernel_row /lambda /=.
by congr Sums; field.
Qed.

(* Claim: recursion-B.  Paper: appendix C, equation 27 and below, q = 1, corrected.
   At every width, the sums of layer l + 1 that the five tables give are the (l+1)-th iterate of the corrected recursion.
   Rust: archscale_theory::recursion::KernelSums::iterate *)
Theorem corrected_from_tables l : corrected (1 / n) l.+1 = sums_of (pair_state n l).
Proof.
rewrite /corrected; elim: l => [|l IH]; first by rewrite sums_of_start.
by rewrite iterS IH -sums_of_step.
Qed.

(* Claim: recursion-B.  Paper: appendix C, equation 27 and below, q = 1, corrected.
   Conversely, at every width but 1 the sums determine the five moments, so the corrected recursion is equivalent to the tables.
   Rust: archscale_theory::recursion::KernelSums::next *)
Theorem tables_from_corrected p p' : n != 1 -> lambda n != 0 -> sums_of p = sums_of p' -> p = p'.
Proof.
case: p p' => [a b c d e] [a' b' c' d' e'] n1 l0; rewrite /sums_of /kernel_square /kernel_row /=.
move=> [e1 e2 e3 e4 e5 e6 e7]; have n1' : n - 1 != 0 by rewrite subr_eq0.
have ea : a = a'.
  by apply: (mulfI l0); apply: (mulIf (x := (n ^+ 2)^-1)); rewrite ?invr_eq0 ?expf_neq0.
move: e2 e3 e4 e5 e6 e7; rewrite ea => e2 e3 e4 e5 e6 e7.
have fac (y z : R) : y - z = 0 -> y = z by move/eqP; rewrite subr_eq0 => /eqP.
have ed : d = d'.
  apply: fac; transitivity (n ^+ 4 / (4%:R * (n - 1)) * ((((a' + 4%:R / n * b + 4%:R / n ^+ 2 * c + 8%:R / n ^+ 2 * d
    + (n - 1) * (4%:R / n ^+ 2 * d)) / n ^+ 2) - ((a' + 4%:R / n * b' + 4%:R / n ^+ 2 * c' + 8%:R / n ^+ 2 * d'
    + (n - 1) * (4%:R / n ^+ 2 * d')) / n ^+ 2)) - (((a' + 4%:R / n * b + 4%:R / n ^+ 2 * c + 8%:R / n ^+ 2 * d) / n ^+ 2)
    - (a' + 4%:R / n * b' + 4%:R / n ^+ 2 * c' + 8%:R / n ^+ 2 * d') / n ^+ 2))); last by rewrite e2 e4; ring.
  by field; rewrite n0 n1'.
have ee : e = e'.
  apply: fac; transitivity (n ^+ 4 / (4%:R * (n - 1)) * ((((2%:R / n * a' + 4%:R / n ^+ 2 * (b + 2%:R * e))
    + (n - 1) * (4%:R / n ^+ 2 * e)) / n ^+ 2 - ((2%:R / n * a' + 4%:R / n ^+ 2 * (b' + 2%:R * e'))
    + (n - 1) * (4%:R / n ^+ 2 * e')) / n ^+ 2) - ((2%:R / n * a' + 4%:R / n ^+ 2 * (b + 2%:R * e)) / n ^+ 2
    - (2%:R / n * a' + 4%:R / n ^+ 2 * (b' + 2%:R * e')) / n ^+ 2))); last by rewrite e6 e7; ring.
  by field; rewrite n0 n1'.
have eb : b = b'.
  apply: fac; transitivity (n ^+ 4 / 4%:R * ((2%:R / n * a' + 4%:R / n ^+ 2 * (b + 2%:R * e)) / n ^+ 2
    - (2%:R / n * a' + 4%:R / n ^+ 2 * (b' + 2%:R * e')) / n ^+ 2)); last by rewrite e7; ring.
  by rewrite ee; field.
have ec : c = c'.
  apply: fac; transitivity (n ^+ 4 / 4%:R * ((a' + 4%:R / n * b + 4%:R / n ^+ 2 * c + 8%:R / n ^+ 2 * d) / n ^+ 2
    - (a' + 4%:R / n * b' + 4%:R / n ^+ 2 * c' + 8%:R / n ^+ 2 * d') / n ^+ 2)); last by rewrite e4; ring.
  by rewrite eb ed; field.
by rewrite eb ec ed ee.
Qed.

(* Claim: recursion-B.  Paper: appendix C, equation 27.
   The B of the corrected recursion is that of the five tables, at every layer l <= N of a chain.
   Rust: archscale_theory::recursion::KernelSums::iterate *)
Theorem corrected_label N T l : pair_law (chain N) (he R (chain N)) n T ->
  (0 < l <= N)%N -> kB (corrected (1 / n) l) = label_part T l.
Proof.
case: l => [//|l] TL lN; rewrite corrected_from_tables (chain_label n0 TL) // /sums_of /kernel_square /pair_label /=.
by field.
Qed.

End Width.

(* Claim: recursion-B.  Paper: theorem 1.1 of Jelassi et al. 2023.
   At infinite width the corrected recursion gives B(L) = L(2L^2+1)/12 for every L.
   Rust: archscale_theory::recursion::KernelSums::iterate *)
Theorem corrected_limit l : kB (corrected 0 l) = l%:R * (2%:R * l%:R ^+ 2 + 1) / 12%:R.
Proof.
suff: let k := corrected 0 l in let L := l%:R : R in [/\ ks k = 1 / 4%:R, kB k = L * (2%:R * L ^+ 2 + 1) / 12%:R,
    kT k = L ^+ 2 / 4%:R, kC k = L / 2%:R & [/\ kD k = L ^+ 2 / 4%:R, kCt k = 0 & kE k = 0]] by case.
elim: l => [|l IH]; first by split; [..|split]; rewrite /=; ring.
move: IH; rewrite /corrected iterS; move: (iter l _ _) => k; rewrite /= [l.+1%:R]natrS; move: (l%:R) => L.
by move=> [-> -> -> ->] [-> -> ->]; split; [..|split]; field.
Qed.

(* Claim: recursion-B.  Paper: appendix C, equation 27 (the term D is absent there).
   At infinite width, repairing C but leaving D out gives L/4 + L(L-1)/4 + L(L-1)(2L-1)/24: half the leading coefficient.
   Rust: archscale_theory::recursion::RecursionForm::WithoutDiagonal *)
Theorem without_diagonal_limit l : kB (iter l (without_diagonal_step 0) sums_start)
  = l%:R / 4%:R + l%:R * (l%:R - 1) / 4%:R + l%:R * (l%:R - 1) * (2%:R * l%:R - 1) / 24%:R.
Proof.
suff: let k := iter l (without_diagonal_step 0) sums_start in let L := l%:R : R in [/\ ks k = 1 / 4%:R,
    kB k = L / 4%:R + L * (L - 1) / 4%:R + L * (L - 1) * (2%:R * L - 1) / 24%:R,
    kT k = L ^+ 2 / 4%:R, kC k = L / 2%:R & kE k = 0] by case.
elim: l => [|l IH]; first by split; rewrite /=; ring.
move: IH; rewrite iterS; move: (iter l _ _) => k; rewrite /= [l.+1%:R]natrS; move: (l%:R) => L.
by move=> [-> -> -> -> ->]; split; field.
Qed.

(* Layer 1: no kernel below, only sources. *)
Lemma corrected_first x : corrected x 1 = Sums ((1 + 5%:R * x) / 4%:R) (1 / 4%:R) (1 / 4%:R) (1 / 4%:R)
  (1 / 2%:R) (x / 2%:R) (x / 2%:R).
Proof. by rewrite /corrected /= /corrected_step /=; congr Sums; field. Qed.

(* Claim: recursion-B.  Paper: appendix C, the source of equation 27, (4/n^2)|x|^2 e^{...}.
   With |x|^2 = n that source is 16 x times s and gives 4/n at layer 1, where B = 1/4: wrong at every width but 16.  Read with
   |x|^4 it is 16 times s and gives 4.
   Rust: archscale_theory::recursion::RecursionForm::Printed *)
Theorem printed_B_source_wrong n t c : n != 0 -> n != 16%:R ->
  kB (printed_step (1 / n) (16%:R / n) t c sums_start) != kB (corrected (1 / n) 1) /\
  kB (printed_step (1 / n) 16%:R t c sums_start) != kB (corrected (1 / n) 1).
Proof.
move=> n0 n16; rewrite corrected_first /= !mulr0 !addr0.
split; rewrite -subr_eq0.
  rewrite (_ : _ - _ = (16%:R - n) / (4%:R * n)); last by field.
  by rewrite mulf_neq0 // ?invr_eq0 ?mulf_neq0 // ?(pnatr_eq0 R 4) // subr_eq0 eq_sym.
by rewrite (_ : _ - _ = 15%:R / 4%:R); [rewrite mulf_neq0 // ?invr_eq0 pnatr_eq0|field].
Qed.

(* Claim: recursion-B.  Paper: appendix C, the source of B~, 4|x|^4/n^2.
   At layer 1 B~/n = 1/4 at every width; the printed source gives 4.
   Rust: archscale_theory::recursion::RecursionForm::Printed *)
Theorem printed_Bt_source_wrong x b c : kT (printed_step x b 16%:R c sums_start) != kT (corrected x 1).
Proof.
rewrite corrected_first /= !mulr0 !addr0 -subr_eq0.
by rewrite (_ : _ - _ = 15%:R / 4%:R); [rewrite mulf_neq0 // ?invr_eq0 pnatr_eq0|field].
Qed.

(* Claim: recursion-C.  Paper: appendix C, the sources of B and C.
   Whatever |x| is, the exact sources of C and B stand in the ratio 2; the printed ones, (1/2)|x|^4 and 4|x|^4, in the ratio 1/8.
   Rust: archscale_theory::recursion::RecursionForm::Corrected *)
Theorem source_ratio (x y : R) : y != 0 ->
  kC (corrected x 1) = 2%:R * kB (corrected x 1) /\ (1 / 2%:R * y ^+ 4) != 2%:R * (4%:R * y ^+ 4).
Proof.
move=> y0; rewrite corrected_first /=; split; first by field.
rewrite -subr_eq0 (_ : _ - _ = - 15%:R / 2%:R * y ^+ 4); last by field.
by rewrite !mulf_neq0 ?oppr_eq0 ?invr_eq0 ?expf_neq0 // pnatr_eq0.
Qed.

(* Claim: recursion-C.  Paper: appendix C, the recursion of C, kernel (1/n) C + (1 + 1/n) C~.
   Fed with the exact sums of layer 1 and the right source, the printed kernel is short of C at layer 2 at every width n >= 1, by
   (n^2 - n + 3)/(2n^2).
   Rust: archscale_theory::recursion::RecursionForm::PrintedKernel *)
Theorem printed_C_kernel_wrong (n : nat) b t : (0 < n)%N -> let x := 1 / n%:R : R in
  kC (corrected x 2) - kC (printed_step x b t 2%:R (corrected x 1)) = (n ^ 2 - n + 3)%:R / (2%:R * n%:R ^+ 2) /\
  kC (printed_step x b t 2%:R (corrected x 1)) != kC (corrected x 2).
Proof.
move=> n0 x; have n0' : n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
have E : kC (corrected x 2) - kC (printed_step x b t 2%:R (corrected x 1)) = (n ^ 2 - n + 3)%:R / (2%:R * n%:R ^+ 2).
  rewrite /corrected iterS -/(corrected x 1) corrected_first /= /x.
  rewrite natrD natrB ?natrX; last by rewrite -{1}(expn1 n) leq_pexp2l.
  by field.
split=> //; rewrite eq_sym -subr_eq0 E mulf_neq0 ?invr_eq0 ?mulf_neq0 ?expf_neq0 // pnatr_eq0 //.
by rewrite addn_eq0 andbF.
Qed.

(* Claim: recursion-B.  Paper: appendix C, equation 27 (no term in D or E).
   Fed with the exact sums of layer 1 and the right source, the printed kernel is short of B at layer 2 at every width n >= 1, by
   1/4 + 1/n.
   Rust: archscale_theory::recursion::RecursionForm::PrintedKernel *)
Theorem printed_B_kernel_wrong (n : nat) t c : (0 < n)%N -> let x := 1 / n%:R : R in
  kB (corrected x 2) - kB (printed_step x 1 t c (corrected x 1)) = 1 / 4%:R + 1 / n%:R /\
  kB (printed_step x 1 t c (corrected x 1)) != kB (corrected x 2).
Proof.
move=> n0 x; have n0' : n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
have E : kB (corrected x 2) - kB (printed_step x 1 t c (corrected x 1)) = 1 / 4%:R + 1 / n%:R.
  by rewrite /corrected iterS -/(corrected x 1) corrected_first /= /x; field.
split=> //; rewrite eq_sym -subr_eq0 E (_ : _ + _ = (n + 4)%:R / (4%:R * n%:R)); last by rewrite natrD; field.
by rewrite mulf_neq0 ?invr_eq0 ?mulf_neq0 // pnatr_eq0 // addn_eq0 andbF.
Qed.

(* Claim: recursion-C.  Paper: appendix C, the printed recursions as a whole.
   At infinite width and for any sources b, t, c the printed recursions give a quadratic: B(L+1) is this polynomial in L.
   Rust: archscale_theory::recursion::RecursionForm::Printed *)
Theorem printed_quadratic b t c l : kB (iter l.+1 (printed_step 0 b t c) sums_start)
  = (b + l%:R * (b + t + c) + (l%:R * (l%:R - 1) / 2%:R) * (t + c)) / 4%:R.
Proof.
suff: let k := iter l.+1 (printed_step 0 b t c) sums_start in let L := l%:R : R in [/\ ks k = 1 / 4%:R,
    kB k = (b + L * (b + t + c) + (L * (L - 1) / 2%:R) * (t + c)) / 4%:R,
    kT k = (t + L * (t + c)) / 4%:R, kC k = c / 4%:R & kCt k = 0] by case.
elim: l => [|l IH]; first by split; rewrite /=; field.
move: IH; rewrite [iter l.+2 _ _]iterS; move: (iter l.+1 _ _) => k; rewrite /= [l.+1%:R]natrS; move: (l%:R) => L.
by move=> [-> -> -> -> ->]; split; field.
Qed.

End Recursion.

(* Claim: recursion-C.  Paper: appendix C, the printed recursion of C against the cubic law.
   At infinite width, for any non-negative sources, the printed recursions do not give B = Theta(L^3): no a > 0 has a L^3 <= B(L)
   for all L >= 1.
   Rust: archscale_theory::recursion::RecursionForm::Printed *)
Theorem printed_not_cubic (F : archiFieldType) (b t c a : F) : 0 <= b -> 0 <= t -> 0 <= c -> 0 < a ->
  exists2 l, (0 < l)%N & kB (iter l (printed_step 0 b t c) (sums_start F)) < a * l%:R ^+ 3.
Proof.
move=> b0 t0 c0 a0; pose K := b + t + c; have K0 : 0 <= K by rewrite !addr_ge0.
have [l Kl] : exists l : nat, K / a < l%:R.
  by exists (Num.bound (K / a)); rewrite archi_boundP // divr_ge0 // ltW.
exists l.+1 => //; rewrite printed_quadratic.
have L1 : (1 : F) <= l.+1%:R by rewrite ler1n.
apply: (@le_lt_trans _ _ (K * l.+1%:R ^+ 2)).
  have l0 : 0 <= l%:R :> F by rewrite ler0n.
  rewrite [l.+1%:R]natrS -subr_ge0 (_ : _ - _ = (4%:R * K * (l%:R + 1) ^+ 2 - (b + l%:R * K
    + (l%:R * (l%:R - 1) / 2%:R) * (t + c))) / 4%:R); last by rewrite /K; field.
  rewrite divr_ge0 ?ler0n // (_ : _ - _ = (3%:R * b + 4%:R * (t + c)) + l%:R * (7%:R * K + (t + c) / 2%:R)
    + l%:R ^+ 2 * (4%:R * b + 7%:R / 2%:R * (t + c))); last by rewrite /K; field.
  have s0 := addr_ge0 t0 c0; have N k : 0 <= k%:R :> F by rewrite ler0n.
  apply: addr_ge0; [apply: addr_ge0; [apply: addr_ge0|]|]; rewrite mulr_ge0 ?N ?exprn_ge0 //.
    by apply: addr_ge0; [apply: mulr_ge0|apply: divr_ge0].
  by apply: addr_ge0; [apply: mulr_ge0|apply: mulr_ge0; [apply: divr_ge0|]].
rewrite [_ ^+ 3]exprS mulrA ltr_pmul2r ?exprn_gt0 ?ltr0n //.
by move: Kl; rewrite ltr_pdivr_mulr // mulrC => /lt_trans -> //; rewrite ltr_pmul2l // ltr_nat.
Qed.
