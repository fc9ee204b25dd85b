"""The Files service: uploading, listing, reading and deleting.

Here: gRPC. Not here: keeping (`kept_files`), files in messages (`admission.content`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grokbot.sandbox.grok_server.admission.door import CallFailedError
from grokbot.sandbox.grok_server.failures import file_gone, invalid, too_large_file
from grokbot.sandbox.grok_server.media.documents import text_of
from grokbot.sandbox.grok_server.media.kept_files import problem_of
from grokbot.wire.xai.files_pb2 import (
    DeleteFileRequest,
    DeleteFileResponse,
    DownloadFormat,
    File,
    FileContentChunk,
    ListFilesRequest,
    ListFilesResponse,
    RetrieveFileContentRequest,
    RetrieveFileRequest,
    UploadFileChunk,
    UploadFileInit,
)
from grokbot.wire.xai.files_pb2_grpc import FilesServicer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from grokbot.sandbox.grok_server.admission.door import Context, Door
    from grokbot.sandbox.grok_server.media.kept_files import KeptFile, KeptFiles
    from grokbot.sandbox.grok_server.rules import GrokRules

PAGE: Final = 100
CHUNK: Final = 5 << 20


class FilesService(FilesServicer):
    """xAI's Files, as far as protos/xai declares it."""

    def __init__(self, rules: GrokRules, door: Door, kept: KeptFiles) -> None:
        self._largest = rules.largest_file
        self._door = door
        self._kept = kept

    async def UploadFile(  # noqa: N802 - a method's name on the wire
        self, request_iterator: AsyncIterator[UploadFileChunk], context: Context
    ) -> File:
        """Keep a file: first its name, then its bytes."""
        start, data = UploadFileInit(), bytearray()
        async with self._door.call(context, "UploadFile", start):
            first = True
            async for chunk in request_iterator:
                if first is not chunk.HasField("init"):
                    raise CallFailedError(invalid("An upload is one init and then its data."))
                if first:
                    start.CopyFrom(chunk.init)
                    first = False
                    _refuse(problem_of(start.name, start.expires_after if start.HasField("expires_after") else None))
                data += chunk.data
                if len(data) > self._largest:
                    raise CallFailedError(too_large_file(self._largest))
            if first:
                raise CallFailedError(invalid("An upload is one init and then its data."))
            lifetime = start.expires_after if start.HasField("expires_after") else None
            return self._kept.add(start.name, bytes(data), lifetime).described()

    async def ListFiles(  # noqa: N802 - a method's name on the wire
        self, request: ListFilesRequest, context: Context
    ) -> ListFilesResponse:
        """A page of files."""
        async with self._door.call(context, "ListFiles", request):
            if request.filter:
                raise CallFailedError(invalid("The sandbox knows no filters of files."))
            _refuse(
                None
                if request.pagination_token.isdigit() or not request.pagination_token
                else "The pagination_token is not one of ours."
            )
            found = self._kept.listed(request.order, request.sort_by)
            start = int(request.pagination_token or 0)
            end = start + (min(request.limit, PAGE) if request.limit > 0 else PAGE)
            page = ListFilesResponse(data=[kept.described() for kept in found[start:end]])
            if end < len(found):
                page.pagination_token = str(end)
            return page

    async def RetrieveFile(  # noqa: N802 - a method's name on the wire
        self, request: RetrieveFileRequest, context: Context
    ) -> File:
        """One file, without its bytes."""
        async with self._door.call(context, "RetrieveFile", request):
            return self._find(request.file_id).described()

    async def DeleteFile(  # noqa: N802 - a method's name on the wire
        self, request: DeleteFileRequest, context: Context
    ) -> DeleteFileResponse:
        """Delete one file at once."""
        async with self._door.call(context, "DeleteFile", request):
            self._kept.drop(self._find(request.file_id).id)
        return DeleteFileResponse(id=request.file_id, deleted=True)

    # grpc.aio also accepts a coroutine that writes; the stub only knows iterators.
    async def RetrieveFileContent(  # type: ignore[override] # noqa: N802 - a method's name on the wire
        self, request: RetrieveFileContentRequest, context: Context
    ) -> None:
        """The bytes of a file."""
        async with self._door.call(context, "RetrieveFileContent", request):
            kept = self._find(request.file_id)
            if request.format == DownloadFormat.DOWNLOAD_FORMAT_TEXT and text_of(kept.data) is None:
                raise CallFailedError(invalid("No text can be read out of this file."))
            for start in range(0, len(kept.data), CHUNK):
                await context.write(FileContentChunk(data=kept.data[start : start + CHUNK]))

    def _find(self, file_id: str) -> KeptFile:
        kept = self._kept.find(file_id)
        if kept is None:
            raise CallFailedError(file_gone(file_id))
        return kept


def _refuse(text: str | None) -> None:
    if text is not None:
        raise CallFailedError(invalid(text))
