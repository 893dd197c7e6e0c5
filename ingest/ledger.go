package ingest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"rollcall"
)

// ledgerPage is how many rejects are read from the store at once. Each may hold
// a row of the greatest length.
const ledgerPage = 100

// A rejects file has one column in front of the file's own: its header names the
// import, its cells the row's number, the code and the sentence of what was wrong.
// A file with such a header is one that comes back mended: the column is not kept,
// and tells which rejects the good rows mend.
var (
	reasonHeader = regexp.MustCompile(`^rejected (` + rollcall.PrefixImport + `[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
	reasonRow    = regexp.MustCompile(`^[0-9]{1,18}`)
	reasonLost   = regexp.MustCompile(`^[0-9]{1,18} (?:` + CodeNotUTF8 + `|` + CodeNULByte + `)\b`)
)

// reasonColumns is how many columns a rejects file has in front.
const reasonColumns = 1

// isRejectsFile tells whether a file with these columns is a rejects file.
func isRejectsFile(columns []string) bool { return correctedImport(columns) != "" }

// fileColumns are the columns without the one that a rejects file has in front.
func fileColumns(columns []string) []string {
	if isRejectsFile(columns) {
		return columns[reasonColumns:]
	}
	return columns
}

// correctedImport is the import that a rejects file comes from; empty for another
// file.
func correctedImport(columns []string) string {
	if len(columns) <= reasonColumns {
		return ""
	}
	found := reasonHeader.FindStringSubmatch(strings.ToLower(strings.TrimSpace(columns[0])))
	if found == nil {
		return ""
	}
	return found[1]
}

// correctedRow is the number of the rejected row that a row of a rejects file
// mends; 0 where its first cell does not tell.
func correctedRow(cell string) int64 {
	n, err := strconv.ParseInt(reasonRow.FindString(strings.TrimSpace(cell)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// lostBytes tells of the first cell of a row of a rejects file that the row was rejected
// because of bytes that its file cannot give back.
func lostBytes(cell string) bool { return reasonLost.MatchString(strings.TrimSpace(cell)) }

// rejectsWriter writes the rejected rows as a file to mend and send again: the
// file's own delimiter, header and cells, and in front of them what was wrong.
//
// The cells are given back as they stood. Elsewhere we neutralise what a
// spreadsheet would take for a formula; here that would change a row on its way
// back in ("+1 415 555 0123" begins like a formula). Our own column begins with a
// number.
type rejectsWriter struct {
	out   *bufio.Writer
	f     *Format
	scan  scanner
	delim string
}

func newRejectsWriter(w io.Writer, f *Format) *rejectsWriter {
	return &rejectsWriter{out: bufio.NewWriterSize(w, 64<<10), f: f, scan: f.scanner(maxRecord), delim: string(rune(f.Delimiter))}
}

// put writes a text. An error of a bufio.Writer stays until it is flushed, so only
// flush looks at it.
func (w *rejectsWriter) put(s string) { _, _ = w.out.WriteString(s) }

// header writes what stands before the first row.
func (w *rejectsWriter) header(importID string) {
	if w.f.Mark || w.f.Encoding != UTF8 || w.f.Kind == KindXLSX {
		// Who opened the file with a program that needs a mark opens this one with it.
		w.put("\ufeff")
	}
	if w.f.SepLine {
		w.put("sep=" + w.delim)
		w.endLine()
	}
	w.cells(append([]string{"rejected " + importID}, fileColumns(w.f.Columns)...))
	w.endLine()
}

// write writes rejects.
func (w *rejectsWriter) write(rejects []rollcall.Reject) error {
	for _, r := range rejects {
		w.cells([]string{strconv.FormatInt(r.Number, 10) + " " + r.Code + ": " + r.Message})
		w.put(w.delim)
		w.row(r.Raw)
		w.endLine()
	}
	return w.flush()
}

// row writes a row as it stood. One with an unclosed quote would swallow the
// rows after it, so its quotes are made text.
func (w *rejectsWriter) row(raw string) {
	w.scan.reset([]byte(raw), true)
	if w.scan.next() && w.scan.fault == faultNone && w.scan.pos == len(raw) {
		w.put(raw)
		return
	}
	w.cells(strings.Split(raw, w.delim))
}

func (w *rejectsWriter) cells(cells []string) {
	for i, s := range cells {
		if i > 0 {
			w.put(w.delim)
		}
		if strings.Contains(s, w.delim) || strings.ContainsAny(s, "\"\r\n") {
			s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
		}
		w.put(s)
	}
}

// endLine ends a line as most of the file's lines end.
func (w *rejectsWriter) endLine() {
	if w.f.CRLF {
		w.put("\r")
	}
	w.put(string(rune(w.f.LineEnd)))
}

func (w *rejectsWriter) flush() error { return w.out.Flush() }

// WriteRejects writes the rejected rows of an import as a file to mend and send
// again, a page at a time.
func WriteRejects(ctx context.Context, out io.Writer, store Rejects, im *rollcall.Import) error {
	u, err := ParseUnderstanding(im.Answer)
	if err != nil {
		return err
	}
	w := newRejectsWriter(out, &u.Format)
	w.header(im.ID)
	for after := int64(0); ; {
		page, err := store.Rejects(ctx, im, after, ledgerPage)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return w.flush()
		}
		if err := w.write(page); err != nil {
			return err
		}
		after = page[len(page)-1].Number
	}
}

// Rejects is what WriteRejects needs of the store.
type Rejects interface {
	// Rejects gives the import's rejects with a number above after, in order, at
	// most limit.
	Rejects(ctx context.Context, im *rollcall.Import, after int64, limit int) ([]rollcall.Reject, error)
}

// rejectsFile is a rejects file on this machine. It has another name until it is
// whole.
type rejectsFile struct {
	path string // empty: nothing is written
	file *os.File
}

// openRejects begins a rejects file. It does so before the import, so that a path
// that cannot be written to is found at once and not after hours.
func openRejects(path string, from *source) (*rejectsFile, error) {
	if path == "" {
		return &rejectsFile{}, nil
	}
	if info, err := os.Stat(path); err == nil && (os.SameFile(info, from.info) || info.IsDir()) {
		return nil, rollcall.Invalid("rejects", "The rejects file must be another than the file that is imported, and no folder.")
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, &rollcall.Error{
			Code: rollcall.CodeInvalid, Reason: rollcall.ReasonInvalidField, Field: "rejects",
			Message: "The rejects file " + path + " cannot be written.", Err: err,
		}
	}
	return &rejectsFile{path: path, file: file}, nil
}

// publish writes the rejects of an import that has ended, also those of a run
// before this one, and gives the file its name: it is there whole or not at all.
func (r *rejectsFile) publish(ctx context.Context, store Store, im *rollcall.Import) error {
	if r.file == nil {
		return nil
	}
	file := r.file
	r.file = nil
	err := errors.Join(WriteRejects(ctx, file, store, im), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), r.path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return &rollcall.Error{Code: rollcall.CodeInternal, Message: "The rejects file could not be written.", Err: err}
	}
	return nil
}

// discard drops what was not published.
func (r *rejectsFile) discard() {
	if r.file != nil {
		_ = r.file.Close()
		_ = os.Remove(r.file.Name()) // at worst a file without a name that anybody reads is left
		r.file = nil
	}
}
