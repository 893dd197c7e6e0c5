package ingest

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"rollcall"
	"rollcall/callhours"
	"rollcall/phone"
)

// normaliser turns records into rows and rejects. It belongs to one goroutine.
type normaliser struct {
	plan    *plan
	parser  *phone.Parser // for rows that tell no country
	regions rowRegions
	zones   callhours.ZoneReader
	scan    scanner
	typed   bool // its cells say their type; see typedText

	text  string // of the chunk; every cell is a piece of it
	sound bool   // the chunk is valid UTF-8 without NUL
	out   *batch
	extra []byte // the extra fields of the batch's rows, one after the other
	ends  []int  // where those of each row end
	from  int    // where the batch starts in the chunk

	strangeZone string // of the row: a time zone that nobody knows
}

// chunk normalises a chunk, and emits it in batches.
func (n *normaliser) chunk(text []byte, fresh func() *batch, emit func(*batch) error) error {
	// One copy of the whole; cells without doubled quotes cost no further one. The
	// chunk's own memory goes back to the reader.
	n.text, n.from = string(text), 0
	n.sound = utf8.Valid(text) && !hasNUL(text)
	n.scan.reset(text, true)
	n.begin(fresh())
	for n.scan.next() {
		n.record()
		if n.out.len() == batchRows || len(n.extra)+n.scan.pos-n.from >= batchBytes {
			if err := emit(n.take()); err != nil {
				return err
			}
			n.begin(fresh())
		}
	}
	return emit(n.take())
}

// begin begins a batch, with room for the rows of usual length that are left.
func (n *normaliser) begin(b *batch) {
	const usual = 64
	b.rows = slices.Grow(b.rows, min(batchRows, (len(n.text)-n.from)/usual))
	n.out = b
}

// take finishes the batch.
func (n *normaliser) take() *batch {
	all, from := string(n.extra), 0
	for i, end := range n.ends {
		n.out.rows[i].Contact.Extra, from = all[from:end], end
	}
	n.out.text = int64(n.scan.pos - n.from)
	n.out.bytes = int(n.out.text) + len(all)
	n.extra, n.ends, n.from = n.extra[:0], n.ends[:0], n.scan.pos
	return n.out
}

// record makes a row or a reject of the scanner's record.
func (n *normaliser) record() {
	number, mark := n.out.len()+1, len(n.extra)
	why := damage(n.scan.fault, n.scan.text[n.scan.start:n.scan.end], n.sound)
	if why == nil && n.faulty() {
		why = told(n.bare(0)[1:])
	}
	if why == nil {
		n.out.rows = append(n.out.rows, rollcall.Row{Number: number})
		if why = n.row(&n.out.rows[len(n.out.rows)-1]); why == nil {
			n.ends = append(n.ends, len(n.extra))
			return
		}
		n.out.rows, n.extra = n.out.rows[:len(n.out.rows)-1], n.extra[:mark]
	}
	n.out.rejects = append(n.out.rejects, rollcall.Reject{Number: number, Code: why.code, Message: why.message, Raw: n.raw(), UniqueID: n.ownID()})
}

// row fills in a contact.
func (n *normaliser) row(r *rollcall.Row) *refusal {
	if surplus := n.scan.cells; len(surplus) > n.plan.columns {
		for i := range surplus[n.plan.columns:] {
			if !blank(n.cell(n.plan.columns + i)) {
				return tooManyCells(len(surplus), n.plan.columns)
			}
		}
	}
	if n.plan.mends && lostBytes(n.cell(0)) && strings.ContainsRune(n.text[n.scan.start:n.scan.end], utf8.RuneError) {
		return stillDamaged
	}
	c := &r.Contact
	c.PhoneSent = n.spelling()
	number, err := n.parse(c.PhoneSent)
	if n.plan.e164 != unmapped {
		number, err = n.exportedNumber(c.PhoneSent, number, err)
	}
	if err != nil {
		return phoneRefusal(err)
	}
	c.Phone = number
	if why := n.fields(r); why != nil {
		return why
	}
	if n.plan.needsID && c.UniqueID.Value == "" {
		return uniqueIDMissing
	}
	if n.plan.mends {
		r.Corrects = correctedRow(n.cell(0))
	}
	return n.extras()
}

func (n *normaliser) parse(sent string) (phone.Number, error) {
	if n.plan.entries {
		return n.entryNumber(sent)
	}
	return n.rowParser().Parse(sent)
}

// fields fills in the mapped fields. Like the number they are cleared of blanks
// around them: "3" and " 3" are one priority, and one id.
func (n *normaliser) fields(r *rollcall.Row) *refusal {
	zone := ""
	n.strangeZone = ""
	if n.plan.exact {
		return n.exportedFields(r)
	}
	for _, f := range n.plan.fields {
		s := strings.TrimSpace(n.cell(f.column))
		switch {
		case len(s) > rollcall.MaxFieldBytes:
			return fieldTooLong(f.field, len(s))
		case f.field == rollcall.FieldTimeZone:
			zone = s
		case s != "":
			*r.Contact.Mapped(f.field) = rollcall.Given(s)
		}
	}
	if !n.plan.entries { // nobody calls an entry
		n.zone(r, zone)
	}
	return nil
}

// ownID is the row's own id, also of a row that is bad, as far as it can be read.
func (n *normaliser) ownID() string {
	for _, f := range n.plan.fields {
		if f.field == rollcall.FieldUniqueID {
			return clip(clean(strings.TrimSpace(n.cell(f.column))), rollcall.MaxFieldBytes)
		}
	}
	return ""
}

// extras appends the other columns' cells, as they stand, as a JSON object.
func (n *normaliser) extras() *refusal {
	start := len(n.extra)
	if n.strangeZone != "" {
		n.extra = appendJSON(append(append(n.extra, '{'), n.plan.zoneKey...), n.strangeZone)
	}
	if n.typed && n.plan.exact {
		n.typedFields(start)
	}
	for i := range n.plan.extras {
		e := &n.plan.extras[i]
		s := n.bare(e.column)
		if s == "" || !n.typed && !n.plan.exact && blank(s) || e.rest && !strings.Contains(s, severalMark) {
			continue
		}
		if e.spread && n.spread(start, s) {
			continue // its size is found below
		}
		n.separate(start)
		n.extra = append(n.extra, e.key...)
		switch {
		case n.typed:
			n.extra = appendTypedJSON(n.extra, s)
		case n.plan.restores:
			n.extra = appendJSON(n.extra, rollcall.RestoreCell(s))
		default:
			n.extra = appendJSON(n.extra, s)
		}
		if len(n.extra)-start >= rollcall.MaxExtraBytes {
			return extraTooLarge
		}
	}
	if len(n.extra) > start {
		n.extra = append(n.extra, '}')
	}
	if len(n.extra)-start > rollcall.MaxExtraBytes {
		return extraTooLarge
	}
	if n.plan.entries {
		return n.checkEntry(start)
	}
	return nil
}

// separate appends what stands before a member of the object that began at start.
func (n *normaliser) separate(start int) {
	if len(n.extra) == start {
		n.extra = append(n.extra, '{')
	} else {
		n.extra = append(n.extra, ',')
	}
}

// cell gives a cell's text, empty for one that the row lacks.
func (n *normaliser) cell(i int) string {
	switch s := n.bare(i); {
	case n.typed:
		return typedPlain(s)
	case n.plan.restores:
		return rollcall.RestoreCell(s)
	default:
		return s
	}
}

// bare gives a cell as the reader made it.
func (n *normaliser) bare(i int) string {
	if i >= len(n.scan.cells) {
		return ""
	}
	c := n.scan.cells[i]
	return unquote(n.text[c.start:c.end], c.quotes)
}

// faulty tells whether the record stands for a text that could not be read.
func (n *normaliser) faulty() bool {
	return n.typed && strings.HasPrefix(n.bare(0), string(typedFault))
}

// raw gives the record as it stood, fit for any database. One of JSON is given as
// CSV, or as a single cell where it could not be read.
func (n *normaliser) raw() string {
	raw := n.text[n.scan.start:n.scan.end]
	switch {
	case n.plan.mends && len(n.scan.cells) > reasonColumns:
		raw = n.text[n.cellStart(reasonColumns):n.scan.end] // what was wrong before is told no longer
	case n.scan.fault == faultLong:
		raw = clip(raw, min(maxRawOfLong, n.scan.limit))
	case n.faulty():
		raw = string(appendCell(nil, n.bare(1)))
	case n.typed:
		var b []byte
		for i := range n.scan.cells {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendCell(b, n.cell(i))
		}
		raw = string(b)
	}
	if n.sound {
		return raw
	}
	return clean(raw)
}

// cellStart is where a cell starts in the chunk, with the quote before it.
func (n *normaliser) cellStart(i int) int {
	at := n.scan.cells[i].start
	if n.text[at-1] == '"' {
		at--
	}
	return at
}

func blank(s string) bool { return s == "" || strings.TrimSpace(s) == "" }

func hasNUL(b []byte) bool { return bytes.IndexByte(b, 0) >= 0 }
