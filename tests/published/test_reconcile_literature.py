"""Vector family A: networks and worked examples of the data-reconciliation literature, each under its source.

The values stand in ``reconcile_vectors.json``: published ones with the published digits, computed ones from an independent
implementation. A row of a network lists its streams, 1-based, positive where they enter.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from verifierkit.reconcile import fit as fitting
from verifierkit.reconcile import gross, identify, network, observability
from verifierkit.reconcile.fit import State, fit

VECTORS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "reconcile_vectors.json").read_text(encoding="utf-8")
)
NETWORKS = [name for name in VECTORS if name.startswith("A-net-")]
ADJUSTABILITY = [name for name in VECTORS if name.startswith("A-adj-")]
CLASSES = [name for name in VECTORS if name.startswith("A-class-")]
STEAM = [name for name in VECTORS if name.startswith("A-steam-")]
SCALING = [name for name in VECTORS if name.startswith("A-big-")]


def incidence(vector: dict[str, Any]) -> np.ndarray:
    matrix = np.zeros((len(vector["rows"]), vector["streams"]))
    for i, row in enumerate(vector["rows"]):
        for stream in row:
            matrix[i, abs(stream) - 1] = np.sign(stream)
    return matrix


def network_of(vector: dict[str, Any]) -> dict[str, Any]:
    return VECTORS[f"A-net-{vector['network']}"]


@pytest.mark.parametrize("name", NETWORKS)
def test_published_networks_reconcile_to_their_values(name: str) -> None:
    vector = VECTORS[name]
    result = fit(network.build(balance=incidence(vector), measured=vector["measured"], variance=vector["variance"]))
    expected = vector["expected"]["computed"]
    published = vector["expected"].get("published", {})
    if "reconciled" in published:
        assert_allclose(result.values, published["reconciled"], rtol=vector["tolerance"]["published_rel"])
    rtol = vector["tolerance"]["computed_rel"]
    assert_allclose(result.values, expected["reconciled"], rtol=rtol)
    assert_allclose(result.sd, expected["sd_reconciled"], rtol=rtol)
    whole = gross.global_test(result)
    assert (whole.dof, whole.passed) == (expected["dof"], expected["global_test_pass"])
    assert_allclose(
        [whole.statistic, whole.limit, whole.p_value],
        [expected["objective"], expected["chi2_crit"], expected["p_value"]],
        rtol=rtol,
    )
    single = gross.measurement_test(result)
    assert_allclose(single.z, expected["measurement_test_z"], rtol=rtol)
    assert_allclose(single.limit, expected["sidak_crit"], rtol=rtol)
    assert_allclose(gross.nodal_test(result).z, expected["nodal_z"], rtol=rtol)
    ratio = gross.likelihood_ratio(result)
    assert_allclose(ratio.statistic, expected["glr_T"], rtol=rtol)
    assert_allclose(ratio.estimate, expected["glr_bias_estimate"], rtol=rtol)


@pytest.mark.parametrize("name", ADJUSTABILITY)
def test_adjustability_and_detectability_of_published_networks(name: str) -> None:
    vector = VECTORS[name]
    source = network_of(vector)
    result = fit(network.build(balance=incidence(source), measured=source["measured"], variance=vector["variance"]))
    atol = vector["tolerance"]["published_abs"]
    assert_allclose(observability.adjustability(result), vector["expected"]["adjustability"], atol=atol)
    assert_allclose(observability.detectability(result), vector["expected"]["detectability"], atol=atol)


def steam_turbine() -> fitting.Fit:
    """The norm's example with its correlations."""
    vector = VECTORS["A-vdi2048-annexA"]
    names = vector["variables"]
    sd = np.array(vector["half_width_95"]) / 1.96
    covariance = np.diag(sd**2)
    for left, right, correlation in vector["correlations"]:
        i, j = names.index(left), names.index(right)
        covariance[i, j] = covariance[j, i] = correlation * sd[i] * sd[j]
    return fit(
        network.build(balance=vector["constraints"], measured=vector["measured"], covariance=covariance, names=names)
    )


def test_vdi_2048_annex_a_steam_turbine() -> None:
    vector, factor, result = VECTORS["A-vdi2048-annexA"], 1.96, steam_turbine()
    published, computed = vector["expected"]["published"], vector["expected"]["computed"]
    assert_allclose(result.values, published["vdi_reconciled_3dec"], atol=vector["tolerance"]["vdi_abs"])
    assert_allclose(factor * result.sd, published["vdi_half_width_3dec"], atol=vector["tolerance"]["vdi_abs"])
    rtol = vector["tolerance"]["openmodelica_rel"]
    local = gross.local_test(result)
    assert_allclose(result.values[:-1], published["openmodelica_reconciled"], rtol=rtol)
    assert_allclose(factor * result.sd[:-1], published["openmodelica_half_width"], rtol=rtol)
    assert_allclose(local.z[:-1], published["openmodelica_local_test"], rtol=rtol)
    assert local.limit == factor
    rtol = vector["tolerance"]["computed_rel"]
    assert_allclose(result.values, computed["reconciled"], rtol=rtol)
    assert_allclose(local.z, computed["local_test_vdi"], rtol=rtol, atol=1e-12)  # the last is exactly 0
    whole = gross.global_test(result)
    assert_allclose([whole.statistic, whole.limit], [computed["objective"], published["chi2_crit_3dof"]], rtol=1e-6)
    dense = fitting.covariance(result, range(len(vector["variables"])))
    assert_allclose(dense, computed["covariance_reconciled"], rtol=rtol, atol=1e-14)  # some entries are exactly 0
    assert result.values[-1] == vector["measured"][-1]
    assert result.state[-1] is State.NOT_RECONCILED


def test_vdi_2048_without_the_variance_floor_is_something_else() -> None:
    vector = VECTORS["A-vdi2048-annexA"]
    result = steam_turbine()
    with_floor, without = gross.local_test(result).z, gross.local_test(result, floor=0.0).z
    small = [vector["variables"].index(name) for name in ("mV", "mA6", "mA5")]
    assert (without[small] > 1.49 * with_floor[small]).all()


def test_dvrlib_simple() -> None:
    vector = VECTORS["A-dvrlib-simple"]
    result = fit(network.build(balance=incidence(vector), measured=vector["measured"], variance=vector["variance"]))
    assert_allclose(result.adjustment, vector["expected"]["published"]["adjustment_or_value"], atol=1e-9)


def test_dvrlib_mixer_splitter_with_an_unmeasured_stream() -> None:
    vector = VECTORS["A-dvrlib-mixer-splitter"]
    measured = [0.0 if value is None else value for value in vector["measured"]]
    variance = [*vector["variance"], 1.0]
    problem = network.build(balance=incidence(vector), measured=measured, variance=variance, unmeasured=[4])
    result = fit(problem)
    expected = vector["expected"]["published"]["adjustment_or_value"]
    assert_allclose([*result.adjustment, result.values[4]], expected, atol=1e-9)
    assert result.state[4] is State.OBSERVABLE


def test_narasimhan_jordache_bias_of_4_in_stream_2() -> None:
    vector = VECTORS["A-nj-bias4-stream2"]
    result = fit(network.build(balance=incidence(network_of(vector)), measured=vector["measured"], sd=np.ones(6)))
    published, computed = vector["expected"]["published"], vector["expected"]["computed"]
    assert_allclose(-result.system.discrepancy, published["node_residuals"], atol=5e-4)
    whole = gross.global_test(result)
    assert_allclose([whole.statistic, whole.limit], [published["global_test"], published["chi2_crit_4dof"]], atol=5e-4)
    rtol = 1e-9
    assert_allclose(gross.nodal_test(result).z, computed["nodal_z"], rtol=rtol)
    assert_allclose(gross.nodal_test(result).limit, computed["nodal_crit"], rtol=rtol)
    bias, leak = gross.likelihood_ratio(result), gross.likelihood_ratio(result, gross.leaks(result))
    assert_allclose(bias.statistic, computed["glr_T_bias"], rtol=rtol)
    assert_allclose(bias.estimate, computed["glr_bias"], rtol=rtol)
    assert_allclose(leak.statistic, computed["glr_T_leak"], rtol=rtol)
    assert_allclose(leak.estimate, computed["glr_leak"], rtol=rtol)
    assert_allclose(bias.limit, computed["glr_crit"], rtol=rtol)
    assert (gross.measurement_test(result).suspects + 1).tolist() == computed["identified_by_measurement_test_1based"]
    assert leak.statistic.max() > bias.statistic.max()  # the leak at node 2 explains more than the bias that was made


@pytest.mark.parametrize("name", CLASSES)
def test_observability_and_redundancy_of_published_networks(name: str) -> None:
    vector = VECTORS[name]
    source = network_of(vector)
    streams = source["streams"]
    problem = network.build(
        balance=incidence(source),
        measured=np.ones(streams),
        sd=np.ones(streams),
        unmeasured=[stream - 1 for stream in vector["unmeasured_1based"]],
    )
    result = fit(problem)
    states = {
        "redundant": State.REDUNDANT,
        "nonredundant": State.JUST_DETERMINED,
        "observable": State.OBSERVABLE,
        "unobservable": State.UNDETERMINED,
    }
    found = {key: (observability.unknowns_in_state(result, state) + 1).tolist() for key, state in states.items()}
    assert found | {"dof": result.dof} == vector["expected"]


def test_yang_ten_jao_1995_serial_elimination() -> None:
    vector = VECTORS["A-ident-P05"]
    source, expected = network_of(vector), vector["expected"]
    result = fit(network.build(balance=incidence(source), measured=source["measured"], variance=source["variance"]))
    for found in (
        identify.serial_elimination(result),
        identify.mimt(result, lower=np.zeros(8), upper=vector["bounds_upper"]),
    ):
        assert (found.found + 1).tolist() == expected["serial_order_1based"]
        assert_allclose(found.statistic, expected["z_at_each_step"], rtol=1e-6)
        assert_allclose(found.objective, expected["objective_after"], rtol=1e-6)
        assert found.dof == expected["dof_after"]
        assert_allclose(found.adjusted, expected["estimates_after"], rtol=1e-6)


@pytest.mark.parametrize("name", STEAM)
def test_serth_heenan_steam_network_scenarios(name: str) -> None:
    vector = VECTORS[name]
    source, expected, rtol = network_of(vector), vector["expected"], vector["tolerance"]["rel"]
    measured = np.array(source["measured"])
    for stream, share in vector["relative_bias"].items():
        measured[int(stream) - 1] *= 1 + share
    sd = np.array(vector["sd"])
    result = fit(network.build(balance=incidence(source), measured=measured, sd=sd))
    whole = gross.global_test(result)
    assert_allclose([whole.statistic, whole.limit], [expected["global_test"], expected["chi2_crit"]], rtol=rtol)
    assert_allclose(gross.measurement_test(result).z, expected["measurement_test_z"], rtol=rtol)
    assert_allclose(gross.likelihood_ratio(result).statistic, expected["glr_T"], rtol=rtol)
    assert (identify.serial_elimination(result).found + 1).tolist() == expected["imt_serial_1based"]
    bounded = identify.mimt(result, lower=np.zeros(28), upper=3 * sd / 0.025)  # 3 times the true flow, sd 2.5 % of it
    assert (bounded.found + 1).tolist() == expected["mimt_serial_1based"]
    assert_allclose(bounded.objective, expected["objective_after_mimt"], rtol=rtol)
    assert_allclose(bounded.adjusted, expected["estimates_after_mimt"], rtol=rtol)


def test_serth_heenan_bounds_make_mimt_blame_another_stream() -> None:
    source, sd = VECTORS["A-net-P15"], np.array(VECTORS["A-steam-s1"]["sd"])
    measured = np.array(source["measured"])
    measured[6] *= 3
    result = fit(network.build(balance=incidence(source), measured=measured, sd=sd))
    assert (identify.serial_elimination(result).found + 1).tolist() == [7]
    bounded = identify.mimt(result, lower=np.zeros(28), upper=3 * sd / 0.025)
    assert bounded.found[0] + 1 == 20


def test_serth_heenan_small_streams_are_invisible() -> None:
    source = VECTORS["A-net-P15"]
    result = fit(network.build(balance=incidence(source), measured=source["measured"], variance=source["variance"]))
    assert (observability.detectability(result) < 0.11).sum() == 7


@pytest.mark.parametrize("name", SCALING)
def test_generated_networks_of_growing_size(name: str) -> None:
    vector = VECTORS[name]
    nodes, streams, expected = vector["nodes"], vector["streams"], vector["expected"]
    k = np.arange(streams)
    balance = np.zeros((nodes, streams))
    balance[k % nodes, k] = -1
    target = k % nodes + 1 + 3 * (k // nodes)
    inside = target < nodes
    balance[target[inside], k[inside]] += 1
    result = fit(network.build(balance=balance, measured=100 + (37 * k) % 101, sd=0.5 + 0.25 * (k % 7)))
    rtol = vector["tolerance"]["rel"]
    found = [result.objective, result.values.sum(), result.values[0], result.values[-1], result.sd[0] ** 2]
    keys = ("objective", "sum_reconciled", "first", "last", "var_first")
    assert_allclose(found, [expected[key] for key in keys], rtol=rtol)
    assert result.dof == expected["dof"]
    assert np.abs(balance @ result.values).max() < expected["max_abs_residual_below"]
