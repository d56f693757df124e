(* Closed forms on chains at finite width.  `pair_state n l` holds the five moments of layer l (tables.v); lambda = 1 + 5/n,
   mu = 1 - 1/n. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag forward limit tables.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Closed.
Variables (R : numFieldType) (n : R).
Hypothesis n0 : n != 0.
Local Notation lam := (lambda n).
Local Notation mu := (mu n).
Local Notation state := (pair_state n).
Local Notation half := (n / 2%:R).

Lemma stateS l : state l.+1 = pair_step n (state l). Proof. by []. Qed.

(* Claim: chain-cubic.  Paper: theorem 1.1 of Jelassi et al. 2023, exact at finite width.
   Four sums of the moments of layer l in closed form, at every width.
   Rust: archscale_theory::chain::moments::ChainMoments::pair *)
Theorem chain_exact_sums l :
  [/\ ss (state l) = half ^+ 2 * lam ^+ l,
      st (state l) + 2%:R * q (state l) = half ^+ 3 * l%:R * lam ^+ l &
      st (state l) - q (state l) = half ^+ 3 * (n / 6%:R) * mu * (lam ^+ l - mu ^+ l)].
Proof.
elim: l => [|l [IH1 IH2 IH3]]; first by split; rewrite /= ?expr0; ring.
rewrite stateS /pair_step /= !(exprS lam) !(exprS mu) [l.+1%:R]natrS.
have q_ : q (state l) = (half ^+ 3 * l%:R * lam ^+ l - half ^+ 3 * (n / 6%:R) * mu * (lam ^+ l - mu ^+ l)) / 3%:R.
  by rewrite -IH2 -IH3; field.
have st_ : st (state l) = half ^+ 3 * l%:R * lam ^+ l - 2%:R * q (state l) by rewrite -IH2; ring.
rewrite st_ q_ IH1; move: (lam ^+ l) (mu ^+ l) => x y.
by rewrite /lambda /tables.mu; split; field.
Qed.

(* St and m, tt at layer l, as in `chain_label_part`. *)
Definition closed_SS (k : nat) : R := half ^+ 2 * lam ^+ k.
Definition closed_U (k : nat) : R := half ^+ 3 * k%:R * lam ^+ k.
Definition closed_V (k : nat) : R := half ^+ 3 * (n / 6%:R) * mu * (lam ^+ k - mu ^+ k).
Definition closed_St (k : nat) : R := (closed_U k + 2%:R * closed_V k) / 3%:R.
Definition closed_P (k : nat) : R := half ^+ 4 *
  (lam ^+ k * (k%:R + k%:R * (k%:R - 1) / 3%:R + 2%:R * n * mu * k%:R / 9%:R)
   - n ^+ 2 / 27%:R * mu * lam * (lam ^+ k - mu ^+ k)).
Definition closed_R (k : nat) : R := half ^+ 4 *
  (\sum_(0 <= j < k) mu ^+ (k - j) * lam ^+ j * (1 + 2%:R * j%:R / 3%:R + 2%:R * n * mu / 9%:R)
   - 2%:R * n / 9%:R * k%:R * mu ^+ k.+1).
Definition closed_label (l : nat) : R := let k := l.-1 in
  (closed_SS k + 4%:R / n * closed_St k
   + 4%:R / (3%:R * n ^+ 2) * ((n + 2%:R) * closed_P k - (n - 1) * closed_R k)) / n ^+ 2.

Lemma closed_R_step k : closed_R k.+1 = mu * closed_R k + half ^+ 4 * mu *
  (lam ^+ k * (1 + 2%:R * k%:R / 3%:R + 2%:R * n * mu / 9%:R) - 2%:R * n / 9%:R * mu ^+ k.+1).
Proof.
rewrite /closed_R big_nat_recr //= subSn // subnn expr1.
rewrite (_ : \sum_(0 <= j < k) _ = mu * \sum_(0 <= j < k) mu ^+ (k - j) * lam ^+ j
    * (1 + 2%:R * j%:R / 3%:R + 2%:R * n * mu / 9%:R)); last first.
  by rewrite big_distrr /= big_nat [RHS]big_nat; apply: eq_bigr => j jk; rewrite subSn ?exprS ?mulrA //; lia.
rewrite [k.+1%:R]natrS [mu ^+ k.+2]exprS.
by move: (\sum_(0 <= j < k) _) (lam ^+ k) (mu ^+ k.+1) => z x y; ring.
Qed.

(* Claim: chain-cubic.  Paper: theorem 1.1 of Jelassi et al. 2023, exact at finite width.
   The sums tt + 2m and tt - m of layer l in closed form, at every width.
   Rust: archscale_theory::chain::closed::chain_label_part *)
Theorem chain_exact_traces k :
  tt (state k) + 2%:R * m (state k) = closed_P k /\ tt (state k) - m (state k) = closed_R k.
Proof.
elim: k => [|k [IHP IHR]].
  by rewrite /closed_P /closed_R big_geq //= !expr0; split; ring.
have [s1 s2 s3] := chain_exact_sums k.
have q_ : q (state k) = (closed_U k - closed_V k) / 3%:R.
  by rewrite /closed_U /closed_V -s2 -s3; field.
have st_ : st (state k) = closed_St k.
  by rewrite /closed_St /closed_U /closed_V -s2 -s3; field.
have m_ : m (state k) = (closed_P k - closed_R k) / 3%:R by rewrite -IHP -IHR; field.
have tt_ : tt (state k) = (closed_P k + 2%:R * closed_R k) / 3%:R by rewrite -IHP -IHR; field.
rewrite stateS /pair_step /= s1 st_ m_ tt_ closed_R_step.
split.
- rewrite /closed_St /closed_U /closed_V /closed_P !(exprS lam k) !(exprS mu k) [k.+1%:R]natrS.
  move: (closed_R k) (lam ^+ k) (mu ^+ k) => r x y.
  by rewrite /lambda /tables.mu; field.
- rewrite /closed_St /closed_U /closed_V !(exprS mu k).
  move: (closed_P k) (closed_R k) (lam ^+ k) (mu ^+ k) => p r x y.
  by rewrite /lambda /tables.mu; field.
Qed.

(* Claim: chain-cubic.  Paper: theorem 1.1 of Jelassi et al. 2023, exact at finite width.
   The closed B(l) is what the five tables give at layer l of a chain, for every width n and all layers l <= N.
   Rust: archscale_theory::chain::closed::chain_label_part *)
Theorem chain_closed_label N T l : pair_law (chain N) (he R (chain N)) n T ->
  (0 < l <= N)%N -> label_part T l = closed_label l.
Proof.
case: l => [//|k] TL kN; rewrite (chain_label n0 TL) // /pair_label /closed_label /=.
have [s1 s2 s3] := chain_exact_sums k; have [IHP IHR] := chain_exact_traces k.
rewrite /closed_St /closed_U /closed_V /closed_SS -s1 -s2 -s3 -IHP -IHR.
by field.
Qed.

End Closed.
