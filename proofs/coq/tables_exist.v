(* The equations of the finite-width law have a solution on every DAG, so no theorem about `pair_law` is vacuous. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag forward limit tables.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Exist.
Variables (R : numFieldType) (G : dag) (C : nat -> nat -> R) (n : R).

(* The entries of row a, column b <= a; the fields are S_a S_b, S_a t_b, S_b t_a, t_a t_b, m, q. *)
Record entry := Entry { eSS : R; eSt : R; eTS : R; ett : R; em : R; eq : R }.
Let zero := Entry 0 0 0 0 0 0.
Let at_ (f : nat -> seq entry) a b := nth zero (f a) b.
Let pick (e : entry -> R) f a b := if (b <= a)%N then e (at_ f a b) else e (at_ f b a).

Let read (f : nat -> seq entry) : tables R := Tables (pick eSS f)
  (fun a b => if (b <= a)%N then eSt (at_ f a b) else eTS (at_ f b a)) (pick ett f) (pick em f) (pick eq f)
  (fun _ _ => 0) (fun _ => 0).

Let sum1 a (F : nat -> R) := \sum_(u <- parents G a) F u.
Let s u a := C u a / n.

Let fill (T : tables R) a b : entry :=
  if a == 0%N then Entry ((n / 2%:R) ^+ 2) 0 0 0 0 0
  else if (b < a)%N then Entry
    (n / 2%:R * sum1 a (fun u => s u a * tSS T u b))
    (n / 2%:R * sum1 a (fun u => s u a * tSt T u b))
    (n / 2%:R * sum1 a (fun u => tSS T b u + s u a * tSt T b u))
    (n / 2%:R * sum1 a (fun u => tSt T u b + s u a * ttt T u b))
    (n / 2%:R * sum1 a (fun u => s u a * tm T u b))
    (n / 2%:R * sum1 a (fun u => s u a * tq T u b))
  else Entry
    ((3%:R * n / 2%:R + n * (n - 1) / 4%:R) * XX G C n T a)
    (n * dd G C n T a + n * (n - 1) / 4%:R * (XY G C n T a + XA G C n T a))
    (n * dd G C n T a + n * (n - 1) / 4%:R * (XY G C n T a + XA G C n T a))
    (n / 2%:R * KK G C n T a + n * (n - 1) / 4%:R * (YY G T a + 2%:R * YA G C n T a + AA G C n T a))
    (n / 2%:R * KK G C n T a + n * (n - 1) / 4%:R * MM G C n T a)
    (n * dd G C n T a + n * (n - 1) / 4%:R * QQ G C n T a).

Let same_below (T T' : tables R) a := forall u w, (u < a)%N -> (w < a)%N ->
  [/\ tSS T u w = tSS T' u w, tSt T u w = tSt T' u w, ttt T u w = ttt T' u w, tm T u w = tm T' u w & tq T u w = tq T' u w].

Lemma fill_local T T' a b : same_below T T' a -> fill T a b = fill T' a b.
Proof.
move=> TT; rewrite /fill; case: eqP => // _; case: ltnP => ba.
  by congr Entry; congr (_ * _); apply: eq_big_parents => u ua;
    have [e1 e2 e3 e4 e5] := TT u b ua ba; have [d1 d2 d3 d4 d5] := TT b u ba ua; rewrite ?e1 ?e2 ?e3 ?e4 ?e5 ?d1 ?d2.
have two (F F' : nat -> nat -> R) : (forall u w, (u < a)%N -> (w < a)%N -> F u w = F' u w) ->
    \sum_(u <- parents G a) \sum_(w <- parents G a) F u w = \sum_(u <- parents G a) \sum_(w <- parents G a) F' u w.
  by move=> FF; apply: eq_big_parents => u ua; apply: eq_big_parents => w wa; apply: FF.
have xx : XX G C n T a = XX G C n T' a by apply: two => u w ua wa; case: (TT u w ua wa) => ->.
have xy : XY G C n T a = XY G C n T' a by apply: two => u w ua wa; case: (TT u w ua wa) => ->.
have yy : YY G T a = YY G T' a by apply: two => u w ua wa; case: (TT u w ua wa) => ->.
have xa : XA G C n T a = XA G C n T' a by apply: two => u w ua wa; case: (TT u w ua wa) => _ ->.
have ya : YA G C n T a = YA G C n T' a by apply: two => u w ua wa; case: (TT u w ua wa) => _ ->.
have aa : AA G C n T a = AA G C n T' a by apply: two => u w ua wa; case: (TT u w ua wa) => _ _ ->.
have mm : MM G C n T a = MM G C n T' a by apply: two => u w ua wa; case: (TT u w ua wa) => _ _ _ ->.
have qq : QQ G C n T a = QQ G C n T' a by apply: two => u w ua wa; case: (TT u w ua wa) => _ _ _ _ ->.
by rewrite /KK /dd xx xy yy xa ya aa mm qq.
Qed.

Let step (f : nat -> seq entry) a := mkseq (fill (read f) a) a.+1.

Lemma step_is_local f g a : (forall u, (u < a)%N -> f u = g u) -> step f a = step g a.
Proof.
move=> fg; apply: eq_mkseq => b; apply: fill_local => u w ua wa.
by rewrite /read /pick /at_ /=; split; case: ifP => _; rewrite fg.
Qed.

Let rows := solution [::] step.

Lemma rowsE a b : (b <= a)%N -> at_ rows a b = fill (read rows) a b.
Proof. by move=> ba; rewrite /at_ {1}/rows (solution_step _ step_is_local) nth_mkseq. Qed.

(* Claim: lemma-split.  Paper: equations 14-24, the moments that they need.
   The five tables, U and B exist on every DAG, for all gains and every width.
   Rust: archscale_theory::tables::PairTables::new *)
Theorem tables_exist : exists T, pair_law G C n T.
Proof.
pose T := read rows.
pose ustep a (g : nat -> R) b := if (b < a)%N then 2%:R * tm T a b
  else if b == a then n / 2%:R * KK G C n T a + n * (n - 1) / 2%:R * MM G C n T a
  else n / 2%:R * \sum_(u <- parents G b) C u b / n * g u.
have uloc a g h b : (forall u, (u < b)%N -> g u = h u) -> ustep a g b = ustep a h b.
  move=> gh; rewrite /ustep; case: ifP => // _; case: ifP => // _.
  by congr (_ * _); apply: eq_big_parents => u /gh ->.
pose U a := solution 0 (ustep a).
have UE a b : U a b = ustep a (U a) b by rewrite {1}/U (solution_step _ (uloc a)).
exists (Tables (tSS T) (tSt T) (ttt T) (tm T) (tq T) U
  (fun a => \sum_(b <- parents G (hidden G).+1) C b (hidden G).+1 / n ^+ 2 * U a b / n)).
have E a b : (b <= a)%N -> at_ rows a b = fill T a b by exact: rowsE.
split; cbn [tSS tSt ttt tm tq tU label_part]; rewrite /T /read /pick; cbn [tSS tSt ttt tm tq].
- by rewrite leqnn E.
- by rewrite leqnn E.
- by rewrite leqnn E.
- by rewrite leqnn E.
- by rewrite leqnn E.
- by move=> a b; split; case: (ltngtP a b) => [ab|ba|->].
- move=> a b /andP [a0 _] ba; rewrite (ltnW ba) leqNgt ba /= E ?(ltnW ba) // /fill eqn0Ngt a0 ba /=.
  by split.
- move=> a /andP [a0 _]; rewrite leqnn E // /fill eqn0Ngt a0 ltnn /=; by split.
- by move=> a b _ ba; rewrite UE /ustep ba.
- by move=> a _; rewrite UE /ustep ltnn eqxx.
- by move=> a b _ /andP [ab _]; rewrite UE {1}/ustep ltnNge ltnW //= gtn_eqF.
- by [].
Qed.

End Exist.
