package rollcall

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNeutraliseCell(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "Ana": "Ana", "a=b": "a=b", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1",
		"'=1": "''=1", "＝1+1": "'＝1+1", "＋1": "'＋1", "－1": "'－1", "＠SUM(A1)": "'＠SUM(A1)", "\xff=1": "\xff=1", "''-": "'''-", "'tis": "'tis", "'": "'",
	} {
		if got := NeutraliseCell(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestNeutralisePhone(t *testing.T) {
	for text, want := range map[string]string{
		"+14155550123": "+14155550123", "+1 (415) 555-0123": "+1 (415) 555-0123", "415.555": "415.555", "+": "'+",
		"+1+cmd|'/C calc'!A0": "'+1+cmd|'/C calc'!A0", "=14155550123": "'=14155550123", "-415": "'-415", "+1٣": "'+1٣",
	} {
		if got := NeutralisePhone(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// Every text comes back, and none that a spreadsheet would calculate goes out.
func TestRestoreCell(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("'=+-@\t\r\n＝＠ab1"))).Draw(r, "text")
		out := NeutraliseCell(text)
		if got := RestoreCell(out); got != text {
			r.Fatalf("%q became %q, and that %q", text, out, got)
		}
		if startsFormula(out) {
			r.Fatalf("%q goes out as %q", text, out)
		}
	})
}
