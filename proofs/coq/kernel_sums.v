(* The sums over the ungated tangent kernel of a layer that the papers' recursions use, from Wick's rule: the definition `sums_of`
   of recursion.v is what they are on a chain. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag tables moments rules step recursion.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Sums.
Variables (R : numFieldType) (n dim : nat) (s : 'I_dim -> R).
Variables (H : 'rV[R]_dim) (Y : R) (q : nat) (c : 'I_q -> R) (v : 'I_q -> 'rV[R]_dim).

Local Notation E := (@expect R n dim s).
Local Notation K := (@kernel R n dim Y q c v).
Local Notation Z := (@z R n dim H).
Local Notation Sc := (@Sc R dim s H).
Local Notation tc := (@tc R dim s q c v).
Local Notation qcc := (@qcc R dim s H q c v).
Local Notation mcc := (@mcc R dim s q c v).
Local Notation N := (n%:R : R).

(* |K|^2, (tr K)^2, sum K_ii^2, |z|^2 tr K, z'Kz, sum z_i^2 K_ii; i and j ungated. *)
Definition frobenius : rv R n dim := Sum (fun i => Sum (fun j => Mul (K i j) (K i j))).
Definition trace_square : rv R n dim := Mul (Sum (fun i => K i i)) (Sum (fun j => K j j)).
Definition diagonal_square : rv R n dim := Sum (fun i => Mul (K i i) (K i i)).
Definition norm_trace : rv R n dim := Mul (Sum (fun i => Mul (Z i) (Z i))) (Sum (fun j => K j j)).
Definition quadratic : rv R n dim := Sum (fun i => Sum (fun j => Mul (Z i) (Mul (K i j) (Z j)))).
Definition diagonal_norm : rv R n dim := Sum (fun i => Mul (Z i) (Mul (K i i) (Z i))).

Ltac fin := rewrite ?/moments.Sc; repeat match goal with |- context [moments.dot s (v ?l) H] => rewrite (dotC s (v l) H) end; field.
Ltac square tac := rewrite eqxx (@quad _ _ s H _ c v _ _ _ _ _ _ 1 1 0 1 0 1 2%:R 0 0 0) => [||u|u|u w];
  [by field|by tac; rewrite ?mulr1|by tac; fin|by tac; fin|by tac; fin].
Ltac row_one tac := rewrite eqxx (@lin _ _ s H _ c v _ _ _ Sc Sc 2%:R) => [||u]; [by field|by tac; fin|by tac; fin].

Lemma mean_frobenius : E frobenius = N * ((Y + tc) ^+ 2 + 2%:R * mcc) + N * (N - 1) * mcc.
Proof.
rewrite /expect /= (@sum2_classes _ _ _ ((Y + tc) ^+ 2 + 2%:R * mcc) mcc) => [//|i|i j ij]; first by square ltac:(on1 i).
rewrite (negbTE ij) (@quad_0 _ _ s H _ c v _ _ _ 0 1 0 0 0) => [|u w]; [by field|by on2 ij; fin].
Qed.

Lemma mean_trace_square : E trace_square = N * ((Y + tc) ^+ 2 + 2%:R * mcc) + N * (N - 1) * (Y + tc) ^+ 2.
Proof.
rewrite /expect expand_sums /= (@sum2_classes _ _ _ ((Y + tc) ^+ 2 + 2%:R * mcc) ((Y + tc) ^+ 2)) => [//|i|i j ij].
  by square ltac:(on1 i).
rewrite !eqxx (@quad _ _ s H _ c v _ _ _ _ _ _ 1 1 0 1 0 1 0 0 0 0) => [||u|u|u w]; [by field|..].
- by rewrite /mono_mean big1 // => k _; rewrite /neuron_mean /= wick0 mulr1.
- by rewrite (@mean1 _ _ _ _ j); [read|all_in..]; fin.
- by rewrite (@mean1 _ _ _ _ i); [read|all_in..]; fin.
- by on2 ij; fin.
Qed.

Lemma mean_diagonal_square : E diagonal_square = N * ((Y + tc) ^+ 2 + 2%:R * mcc).
Proof. by rewrite /expect /= (@sum1_class _ _ _ ((Y + tc) ^+ 2 + 2%:R * mcc)) // => i; square ltac:(on1 i). Qed.

Lemma mean_norm_trace : E norm_trace = N * (Sc * (Y + tc) + 2%:R * qcc) + N * (N - 1) * (Sc * (Y + tc)).
Proof.
rewrite /expect /= (@sum2_classes _ _ _ (Sc * (Y + tc) + 2%:R * qcc) (Sc * (Y + tc))) => [//|i|i j ij].
  by row_one ltac:(on1 i).
rewrite eqxx (@lin _ _ s H _ c v _ _ _ Sc Sc 0) => [||u]; [by field|..].
- by rewrite (@mean1 _ _ _ _ i); [read|all_in..]; fin.
- by on2 ij; fin.
Qed.

Lemma mean_quadratic : E quadratic = N * (Sc * (Y + tc) + 2%:R * qcc) + N * (N - 1) * qcc.
Proof.
rewrite /expect /= (@sum2_classes _ _ _ (Sc * (Y + tc) + 2%:R * qcc) qcc) => [//|i|i j ij].
  by row_one ltac:(on1 i).
by rewrite (negbTE ij) (@lin0 _ _ s H _ c v _ _ 0 1) => [|u]; [field|on2 ij; fin].
Qed.

Lemma mean_diagonal_norm : E diagonal_norm = N * (Sc * (Y + tc) + 2%:R * qcc).
Proof.
by rewrite /expect /= (@sum1_class _ _ _ (Sc * (Y + tc) + 2%:R * qcc)) // => i; row_one ltac:(on1 i).
Qed.

End Sums.

(* Claim: recursion-B.  Paper: appendix C, the sums of equation 27 and below, q = 1.
   Given layer l - 1 of a chain (S = |h|^2, t = tr M, q = h'Mh, m = tr M^2), the means of the six sums over the kernel of layer l,
   divided by n^3 (n^4 for (tr K)^2), are those that `sums_of` reads off the five moments.
   Rust: archscale_theory::recursion::KernelSums *)
Theorem chain_kernel_sums (R : numFieldType) (n dim : nat) (H : 'rV[R]_dim) (k : nat) (c : 'I_k -> R) (v : 'I_k -> 'rV[R]_dim)
    (s := fun _ : 'I_dim => 2%:R / n%:R : R) (unit := fun _ : 'I_dim => 1 : R) (E := @expect R n dim s) (N := n%:R : R)
    (S0 := Sc unit H) (t0 := tc unit c v) (p := Pair (S0 * S0) (S0 * t0) (t0 * t0) (mcc unit c v) (qcc unit H c v)) : N != 0 ->
  sums_of N p = Sums (lambda N * (S0 * S0) / N ^+ 2) (E (frobenius n S0 c v) / N ^+ 3) (E (trace_square n S0 c v) / N ^+ 4)
    (E (diagonal_square n S0 c v) / N ^+ 3) (E (norm_trace n H S0 c v) / N ^+ 3) (E (quadratic n H S0 c v) / N ^+ 3)
    (E (diagonal_norm n H S0 c v) / N ^+ 3).
Proof.
move=> n0; have [e1 e2 e3 e4 _] := scaled_sites n H c v.
rewrite /E (mean_frobenius n s H) (mean_trace_square n s H) (mean_diagonal_square n s H) mean_norm_trace mean_quadratic
  mean_diagonal_norm e1 e2 e3 e4 -/unit -/S0 -/t0 /sums_of /kernel_square /kernel_row /p /=.
by congr Sums; rewrite -/N; field.
Qed.
