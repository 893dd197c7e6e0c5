package ingest

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// numberFormat is what a cell's number is shown as.
type numberFormat uint8

const (
	numberPlain    numberFormat = iota
	numberDate                  // 2026-11-02
	numberDateTime              // 2026-11-02T09:30:00
	numberTime                  // 09:30:00
	numberElapsed               // 30:15:00, hours that go on counting
)

// epoch is what a workbook counts its days from.
type epoch bool

const epoch1904 epoch = true // as old programs for the Macintosh do

// readStyles learns which styles of cells are dates.
func (w *workbook) readStyles(ctx context.Context, part string) error {
	var styles struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := w.decode(ctx, part, &styles); err != nil {
		return err
	}
	own := map[int]numberFormat{}
	for _, f := range styles.Formats {
		own[f.ID] = formatOf(f.Code)
	}
	for _, c := range styles.Cells {
		format, ok := own[c.Format]
		if !ok {
			format = builtInFormat(c.Format)
		}
		w.formats = append(w.formats, format)
	}
	return nil
}

// builtInFormat is a format that a workbook names by number alone (ECMA-376 part
// 1, 18.8.30), also those of East Asian languages.
func builtInFormat(id int) numberFormat {
	switch {
	case id == 22:
		return numberDateTime
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 58:
		return numberDate
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id == 45, id == 47:
		return numberTime
	case id == 46:
		return numberElapsed
	}
	return numberPlain
}

// formatOf reads a format's code: what its letters outside of quotes, brackets
// and escapes say.
func formatOf(code string) numberFormat {
	var date, clock, month bool
	for i := 0; i < len(code); i++ {
		switch c := code[i] | 0x20; {
		case code[i] == ';': // the first section is that of positive numbers
			i = len(code)
		case code[i] == '\\' || code[i] == '_' || code[i] == '*':
			i++
		case code[i] == '"':
			i += 1 + strings.IndexByte(code[i+1:]+`"`, '"')
		case code[i] == '[':
			inside := code[i+1 : i+1+strings.IndexByte(code[i+1:]+"]", ']')]
			if inside != "" && strings.Trim(strings.ToLower(inside), "hms") == "" {
				return numberElapsed
			}
			i += 1 + len(inside)
		case len(code)-i >= 7 && strings.EqualFold(code[i:i+7], "General"):
			i += 6
		case c == 'y' || c == 'd':
			date = true
		case c == 'h' || c == 's':
			clock = true
		case c == 'm':
			month = true // or minutes, beside hours or seconds
		}
	}
	switch {
	case date && clock:
		return numberDateTime
	case clock:
		return numberTime
	case date || month:
		return numberDate
	}
	return numberPlain
}

// appendNumber appends a number: as a date by its format, else in full up to 15
// digits, which is what a spreadsheet holds exactly; else as it stands.
func appendNumber(b, text []byte, format numberFormat, e epoch) []byte {
	if format == numberPlain && isDigits(text) {
		return append(b, text...)
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return append(b, text...)
	}
	if format != numberPlain {
		if date, ok := appendDate(b, v, format, e); ok {
			return date
		}
	}
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.AppendFloat(b, v, 'f', 0, 64)
	}
	return append(b, text...)
}

func isDigits(text []byte) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// appendDate appends a day number as ISO 8601. It is false for a number that is
// no day: nobody's phone number becomes a date by the format of its cell.
func appendDate(b []byte, v float64, format numberFormat, e epoch) ([]byte, bool) {
	const seconds, last = 24 * 60 * 60, 2_958_466 // the day after 9999-12-31
	if math.IsNaN(v) || v < 0 || v >= last {
		return b, false
	}
	total := int64(math.Round(v * seconds))
	if format == numberElapsed {
		return fmt.Appendf(b, "%02d:%02d:%02d", total/3600, total/60%60, total%60), true
	}
	day, clock := total/seconds, total%seconds
	if format == numberTime {
		return fmt.Appendf(b, "%02d:%02d:%02d", clock/3600, clock/60%60, clock%60), true
	}
	first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case e == epoch1904:
		first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case day == 0 || day == 60:
		return b, false // 1900-01-00, and 1900-02-29, which spreadsheets believe in
	case day < 60:
		first = first.AddDate(0, 0, 1)
	}
	at := first.AddDate(0, 0, int(day)).Add(time.Duration(clock) * time.Second)
	if format == numberDate {
		return at.AppendFormat(b, time.DateOnly), true
	}
	return at.AppendFormat(b, "2006-01-02T15:04:05"), true
}
