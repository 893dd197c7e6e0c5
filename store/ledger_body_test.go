package store

import (
	"bytes"
	"compress/flate"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall"
)

// drawRow makes a row of the ledger as a block can have it.
func drawRow(t *rapid.T) ledgerRow {
	r := ledgerRow{outcome: rapid.SampledFrom(rollcall.Outcomes()).Draw(t, "outcome"), uniqueID: rapid.String().Draw(t, "id")}
	if rapid.Bool().Draw(t, "has a code") {
		r.code, r.message = rapid.SampledFrom([]string{"phone_missing", "time_zone_unknown"}).Draw(t, "code"), rapid.String().Draw(t, "message")
	}
	r.dncList = rapid.SampledFrom([]string{"", "Opt-outs", "Registry"}).Draw(t, "DNC list")
	switch r.outcome {
	case rollcall.OutcomeUpdated, rollcall.OutcomeUnchanged:
		r.seq = rapid.Int64Range(1, 1<<62).Draw(t, "contact")
	case rollcall.OutcomeDuplicate:
		r.dup, r.taken = rapid.Int64Range(1, 1<<62).Draw(t, "duplicate of"), rapid.Bool().Draw(t, "taken")
		r.space = rapid.Int64Range(0, 1<<60-1).Draw(t, "in another list")
	}
	return r
}

func TestLedgerBody_RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOf(rapid.Custom(drawRow)).Draw(t, "rows")
		w := newLedgerWriter(len(rows))
		for i := range rows {
			w.add(&rows[i])
		}
		body, err := w.body()
		if err != nil {
			t.Fatal(err)
		}
		got, err := readLedger(body, int64(len(rows)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append([]ledgerRow{}, rows...), got, cmp.AllowUnexported(ledgerRow{}, remark{})); diff != "" {
			t.Fatal(diff)
		}
		if _, err := readLedger(body, int64(len(rows)+1)); err == nil {
			t.Fatal("a body of fewer rows than the block has must be refused")
		}
	})
}

// TestLedgerBody_Version1: the ledgers of imports from before remarks had DNC lists
// are read.
func TestLedgerBody_Version1(t *testing.T) {
	plain := []byte{1, 1}
	plain = append(appendText(appendText(plain, "phone_missing"), "It is missing."), 4|ledgerHasCode, 0, 3, 0)
	var body bytes.Buffer
	w, err := flate.NewWriter(&body, flate.HuffmanOnly)
	if err == nil {
		_, err = w.Write(plain)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	want := []ledgerRow{{outcome: rollcall.OutcomeRejected, remark: remark{code: "phone_missing", message: "It is missing."}}, {outcome: rollcall.OutcomeDuplicate}, {outcome: rollcall.OutcomeAdded}}
	got, err := readLedger(body.Bytes(), 3)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(ledgerRow{}, remark{})); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// FuzzReadLedger: a body that was damaged is an error, never a crash.
func FuzzReadLedger(f *testing.F) {
	w := newLedgerWriter(2)
	w.add(&ledgerRow{outcome: rollcall.OutcomeRejected, remark: remark{code: "phone_missing", message: "It is missing."}, uniqueID: "7"})
	w.add(&ledgerRow{outcome: rollcall.OutcomeDuplicate, remark: remark{dncList: "Opt-outs"}, dup: 12, space: 99})
	body, err := w.body()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body, int64(2))
	f.Fuzz(func(t *testing.T, body []byte, rows int64) {
		got, err := readLedger(body, min(max(rows, 0), 1000))
		if err == nil && int64(len(got)) != min(max(rows, 0), 1000) {
			t.Errorf("%d rows", len(got))
		}
	})
}
