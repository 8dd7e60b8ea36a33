"""Routes of files: upload, download, delete, list. Contents are streamed in constant memory."""

from __future__ import annotations

import os
from typing import BinaryIO

from flask import Blueprint, Response, current_app, jsonify, request
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.http import parse_range_header
from werkzeug.routing import PathConverter

from executor.changes import ARTIFACTS
from executor.digests import describe_file, fingerprint
from executor.errors import ApiError
from executor.session import Session
from executor.upload import receive_file
from executor.workspace import parse_path

routes = Blueprint("files", __name__)


class AnyPathConverter(PathConverter):
    """Matches absolute paths too, so that they are refused as what they are."""

    regex = ".+?"
    part_isolating = False


@routes.record_once
def _register_converter(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["any_path"] = AnyPathConverter


def _session() -> Session:
    session: Session = current_app.extensions["session"]
    return session


def _requested_path(path: str) -> str:
    """The path in NFC, as the client sent it. Raises `ApiError` 400 for bytes that are no UTF-8."""
    try:
        request.environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8")
    except UnicodeError as error:
        raise ApiError(400, "bad_path", "the path is not valid UTF-8") from error
    return "/".join(parse_path(path))


@routes.put("/files/<any_path:path>")
def put_file(path: str) -> tuple[Response, int]:
    """Store the body as a file, whole or not at all."""
    session = _session()
    if session.closing:
        raise ApiError(503, "closing", "the session is closing and takes no files")
    path = _requested_path(path)
    created, status, digest = receive_file(
        session.workspace,
        path,
        request.environ["wsgi.input"],
        length=request.content_length,
        limit=session.settings.limit_upload_bytes,
        expected_sha256=request.headers.get("X-Content-Sha256"),
    )
    session.digests.remember(path, status, digest)
    if path.startswith(ARTIFACTS):
        session.sink.changed(path, fingerprint(status))
    return jsonify(describe_file(path, status, digest)), 201 if created else 200


@routes.get("/files/<any_path:path>")
def get_file(path: str) -> Response:
    """The bytes of a file, or a part of them."""
    session = _session()
    path = _requested_path(path)
    descriptor = session.workspace.open_file(path)
    try:
        status, digest = session.digests.of_open_file(path, descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return _file_response(open(descriptor, "rb"), status.st_size, digest)


def _file_response(content: BinaryIO, size: int, digest: str) -> Response:
    response = Response(mimetype="application/octet-stream", direct_passthrough=True)
    response.set_etag(digest)
    response.headers["Accept-Ranges"] = "bytes"
    if digest in request.if_none_match:
        content.close()
        response.status_code = 304
        return response
    start, stop = 0, size
    wanted = parse_range_header(request.headers.get("Range"))
    condition = request.headers.get("If-Range")
    if wanted is not None and wanted.units == "bytes" and condition in (None, f'"{digest}"'):
        span = wanted.range_for_length(size)
        if span is None and len(wanted.ranges) == 1:
            content.close()
            response = jsonify(error={"code": "bad_range", "message": f"the file has {size} bytes"})
            response.status_code = 416
            response.headers["Content-Range"] = f"bytes */{size}"
            return response
        if span is not None:
            start, stop = span
            response.status_code = 206
            response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response.headers["Content-Length"] = str(stop - start)
    content.seek(start)
    response.response = request.environ["wsgi.file_wrapper"](content, 1024 * 1024)
    return response


@routes.delete("/files/<any_path:path>")
def delete_file(path: str) -> tuple[str, int]:
    """Remove a file."""
    session = _session()
    if session.closing:
        raise ApiError(503, "closing", "the session is closing and deletes nothing")
    path = _requested_path(path)
    session.workspace.delete(path)
    if path.startswith(ARTIFACTS):
        session.sink.changed(path, None)
    return "", 204


@routes.get("/files")
def list_files() -> Response:
    """Every file whose path starts with the `prefix` of the query."""
    return jsonify(files=_session().list_files(request.args.get("prefix", "")))
