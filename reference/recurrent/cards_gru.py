"""The misconceptions about the GRU: function → short name → (wrong code, advice, source)."""

from . import variants_gru as gru

LIKELY = "a likely slip, without a slide that prints it"
REAL = "real submission"

GRU_STEP_BACKWARD = {
    "direct-way-forgotten": (
        gru.gru_back_without_direct_way,
        "h is also copied into h_next with the factor z: add dh_next ⊙ z to what comes back through Wh.",
        LIKELY),
    "direct-way-only": (
        gru.gru_back_only_direct_way,
        "h also feeds all three blocks of S = h Wh + bh: add dS Whᵀ.",
        LIKELY),
    "reset-forgotten": (
        gru.gru_back_without_reset,
        "Sn enters as r ⊙ Sn: its gradient, and so dWh and dbh of the last block, has the factor r.",
        LIKELY),
    "one-bias-gradient": (
        gru.gru_back_one_bias,
        "dbx and dbh differ in the block n, since bh lies inside the bracket that r multiplies.",
        "PyTorch documentation of nn.GRU"),
    "update-sign": (
        gru.gru_back_update_sign,
        "∂h_next/∂z = h - n for h_next = (1 - z) ⊙ n + z ⊙ h; the other sign belongs to the other convention.",
        "Chung et al. 2014 exchange z and 1 - z"),
    "update-half": (
        gru.gru_back_update_half,
        "z stands in both terms of h_next: its gradient is dh_next ⊙ (h - n), not dh_next ⊙ h.",
        LIKELY),
    "no-candidate-slope": (
        gru.gru_back_no_candidate_slope,
        "n is a tanh: multiply by 1 - n² on the way to its pre-activation.",
        LIKELY),
    "candidate-takes-all": (
        gru.gru_back_candidate_takes_all,
        "n enters h_next with the factor 1 - z, and so does its gradient.",
        LIKELY),
    "reset-by-state": (
        gru.gru_back_reset_by_state,
        "r multiplies Sn = h Whn + bhn, so dr = dn ⊙ Sn; dn ⊙ h belongs to the form with (r ⊙ h) Whn.",
        "Cho et al. 2014 against PyTorch documentation of nn.GRU"),
    "no-gate-slopes": (
        gru.gru_back_no_gate_slopes,
        "r and z are sigmoids: multiply by a(1 - a) on the way to their pre-activations.",
        LIKELY),
    "bias-row": (
        gru.gru_back_bias_row,
        "dbx and dbh have the shape (3H,), not (1, 3H): sum without keepdims.",
        REAL),
    "squeezed": (
        gru.gru_back_squeezed,
        "squeeze() also takes the batch axis away when N = 1: every gradient keeps the shape of its argument.",
        LIKELY),
    "in-place": (
        gru.gru_back_in_place,
        "dh_next *= … writes into the caller's array; multiply into a new one.",
        LIKELY),
}

GRU_STEP_FORWARD = {
    "update-flipped": (
        gru.gru_update_flipped,
        "Here z is the part of the old state that is kept: (1 - z) ⊙ n + z ⊙ h. Some texts exchange z and 1 - z.",
        "Chung et al. 2014, eq. 5, against Cho et al. 2014, eq. 7"),
    "reset-before-weights": (
        gru.gru_reset_before,
        "Here r multiplies h Whn + bhn, after the matrix product; (r ⊙ h) Whn is the form of the first papers.",
        "Cho et al. 2014; Keras: reset_after"),
    "bias-outside-reset": (
        gru.gru_bias_outside_reset,
        "bhn stands inside the bracket that r multiplies: r ⊙ (h Whn + bhn).",
        "PyTorch documentation of nn.GRU"),
    "reset-unused": (
        gru.gru_reset_unused,
        "The candidate looks at the old state through the reset gate: r ⊙ Sn.",
        LIKELY),
    "reset-on-everything": (
        gru.gru_reset_on_everything,
        "r multiplies Sn only, the part of the state; the input's part Xn always counts in full.",
        LIKELY),
    "reset-on-input": (
        gru.gru_reset_on_input,
        "r fades the memory and not the input: it multiplies Sn, not Xn.",
        LIKELY),
    "gate-order": (
        gru.gru_order_zrn,
        "The blocks are r, z, n in this order; z first is Keras's.",
        "Keras documentation of GRU: z, r, h"),
    "sigmoid-candidate": (
        gru.gru_sigmoid_candidate,
        "n is the new content and may be negative: tanh. Only r and z are gates in (0, 1).",
        LIKELY),
    "old-state-lost": (
        gru.gru_old_state_lost,
        "h_next mixes two things: (1 - z) of the candidate n and z of the old state h. Here the second is missing.",
        LIKELY),
    "in-place": (
        gru.gru_in_place,
        "h *= z and h[...] = … write into the caller's array; make a new one.",
        LIKELY),
}

CARDS = {"gru_step_backward": GRU_STEP_BACKWARD, "gru_step_forward": GRU_STEP_FORWARD}
