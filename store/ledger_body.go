package store

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"rollcall"
)

// The body of a row of import_ledger: what became of each row of a block, in the
// file's order, deflated (RFC 1951). One byte of version, then a table of texts,
// then the rows. A usual row takes its own id and one byte, and that the deflater
// halves: a ledger of a million rows is some ten megabytes, written along with
// the block.
//
//	row:  flags, [code: uvarint], [own id: text], [contact: uvarint], [duplicate of: uvarint], [its list's space: uvarint]
//	code: place of a remark in the table: a code, its message, and the name of a DNC list; each may be empty
//	text: length as uvarint, bytes
//
// In version 1 remarks have no name of a DNC list.
const ledgerVersion = 2

// remark is an entry of the table.
type remark struct{ code, message, dncList string }

// Flags of a row: the outcome in the lower three bits, then what follows.
const (
	ledgerOutcome   = 0b111
	ledgerHasCode   = 1 << 3
	ledgerHasID     = 1 << 4
	ledgerHasDup    = 1 << 5
	ledgerHasSpace  = 1 << 6 // the contact is in another list
	ledgerTakenMark = 1 << 7 // the row matches one contact, and its number belongs to dup
)

var ledgerOutcomes = rollcall.Outcomes()

// ledgerRow is a row of the ledger as it is stored.
type ledgerRow struct {
	outcome rollcall.Outcome
	remark
	uniqueID string
	seq      int64 // of an updated or unchanged row; of an added one it follows from the row's number
	dup      int64
	space    int64
	taken    bool
}

// ledgerWriter makes a body.
type ledgerWriter struct {
	texts  []byte
	places map[remark]uint64
	rows   []byte
}

func newLedgerWriter(rows int) *ledgerWriter {
	return &ledgerWriter{places: map[remark]uint64{}, rows: make([]byte, 0, 40*rows)}
}

func (w *ledgerWriter) add(r *ledgerRow) {
	flags := byte(slices.Index(ledgerOutcomes, r.outcome))
	if r.remark != (remark{}) {
		flags |= ledgerHasCode
	}
	if r.uniqueID != "" {
		flags |= ledgerHasID
	}
	if r.dup != 0 {
		flags |= ledgerHasDup
	}
	if r.space != 0 {
		flags |= ledgerHasSpace
	}
	if r.taken {
		flags |= ledgerTakenMark
	}
	w.rows = append(w.rows, flags)
	if flags&ledgerHasCode != 0 {
		w.rows = binary.AppendUvarint(w.rows, w.place(r.remark))
	}
	if r.uniqueID != "" {
		w.rows = appendText(w.rows, r.uniqueID)
	}
	if r.outcome == rollcall.OutcomeUpdated || r.outcome == rollcall.OutcomeUnchanged {
		w.rows = binary.AppendUvarint(w.rows, uint64(r.seq))
	}
	if r.dup != 0 {
		w.rows = binary.AppendUvarint(w.rows, uint64(r.dup))
	}
	if r.space != 0 {
		w.rows = binary.AppendUvarint(w.rows, uint64(r.space))
	}
}

// place gives the place of a remark in the table.
func (w *ledgerWriter) place(r remark) uint64 {
	at, there := w.places[r]
	if !there {
		at = uint64(len(w.places))
		w.places[r] = at
		w.texts = appendText(appendText(appendText(w.texts, r.code), r.message), r.dncList)
	}
	return at
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// body gives the whole. What is in it are ids: codes for the letters alone halve
// them, in a third of the time that looking for repetitions takes.
func (w *ledgerWriter) body() ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(w.rows) / 2)
	deflater, err := flate.NewWriter(&out, flate.HuffmanOnly)
	if err != nil {
		return nil, err
	}
	head := binary.AppendUvarint([]byte{ledgerVersion}, uint64(len(w.places)))
	for _, part := range [][]byte{head, w.texts, w.rows} {
		if _, err := deflater.Write(part); err != nil {
			return nil, err
		}
	}
	if err := deflater.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// errLedger is a body that this package did not write.
var errLedger = errors.New("a block of an import's ledger cannot be read")

// readLedger takes a body of so many rows apart.
func readLedger(body []byte, rows int64) ([]ledgerRow, error) {
	plain, err := io.ReadAll(flate.NewReader(bytes.NewReader(body)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errLedger, err)
	}
	if len(plain) == 0 || plain[0] == 0 || plain[0] > ledgerVersion {
		return nil, errLedger
	}
	r := ledgerReader{rest: plain[1:]}
	remarks := make([]remark, min(r.number(), uint64(len(plain))))
	for i := range remarks {
		remarks[i].code, remarks[i].message = r.text(), r.text()
		if plain[0] > 1 {
			remarks[i].dncList = r.text()
		}
	}
	all := make([]ledgerRow, min(rows, int64(len(plain))))
	for i := range all {
		r.row(&all[i], remarks)
	}
	if r.broken || len(r.rest) > 0 || int64(len(all)) != rows {
		return nil, errLedger
	}
	return all, nil
}

// ledgerReader reads values until one is broken.
type ledgerReader struct {
	rest   []byte
	broken bool
}

func (r *ledgerReader) number() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.broken, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *ledgerReader) text() string {
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.broken, r.rest = true, nil
		return ""
	}
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}

func (r *ledgerReader) row(into *ledgerRow, remarks []remark) {
	if len(r.rest) == 0 {
		r.broken = true
		return
	}
	flags := r.rest[0]
	r.rest = r.rest[1:]
	if int(flags&ledgerOutcome) >= len(ledgerOutcomes) {
		r.broken = true
		return
	}
	into.outcome, into.taken = ledgerOutcomes[flags&ledgerOutcome], flags&ledgerTakenMark != 0
	if flags&ledgerHasCode != 0 {
		at := r.number()
		if at >= uint64(len(remarks)) {
			r.broken = true
			return
		}
		into.remark = remarks[at]
	}
	if flags&ledgerHasID != 0 {
		into.uniqueID = r.text()
	}
	if into.outcome == rollcall.OutcomeUpdated || into.outcome == rollcall.OutcomeUnchanged {
		into.seq = int64(r.number())
	}
	if flags&ledgerHasDup != 0 {
		into.dup = int64(r.number())
	}
	if flags&ledgerHasSpace != 0 {
		into.space = int64(r.number())
	}
}
