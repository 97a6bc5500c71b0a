# expect: missing
def conv_out(n, k, p=0, s=1, d=1):
    eff = d * (k - 1) + 1
    if eff > n + 2 * p:
        raise ValueError("output size <= 0")
    return (n - eff + 2 * p) // s + 1
